"""Reads of watched servers. Raw replies, `b"entries-added"` and milliseconds end here; core types come out."""
