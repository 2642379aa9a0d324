"""The only writes to a watched Redis, each inside a script that first looks whether the plan still holds.

The reads beside them serve previews. Replies leave as core types and facts.
"""
