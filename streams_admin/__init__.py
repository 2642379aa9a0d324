"""Everything an operator does to a watched Redis, all of it under /admin/ and all of it audited."""
