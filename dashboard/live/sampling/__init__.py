"""The parts of the sampler: a watcher a server, what it reads, and what is done with it."""
