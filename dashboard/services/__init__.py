"""Decisions that touch the database. Verbs with keyword arguments, told the time, returning what changed or None."""
