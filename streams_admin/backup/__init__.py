"""Backups of streams: files that hold entries, groups and pending lists, made from a server and put back into one."""
