"""Demo traffic: a small shop that writes and reads its streams as an application would. Never used on other servers."""
