"""Samples remembered: blocks of packed points in the database. Missing is a gap, never 0."""
