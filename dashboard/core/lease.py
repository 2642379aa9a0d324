"""A lease: the right to sample one server, held by one sampler at a time."""

import msgspec


class Lease(msgspec.Struct, frozen=True):
    """Who holds it has the highest token that was ever given out for the server; a higher one ends it."""

    server_id: int
    token: int
