"""Keys beside a key: in its slot, under a name that begins as the key does, and gone by themselves after a day."""

KEPT_S = 86_400


def key_beside(key: bytes, token: str, *, is_cluster: bool) -> bytes:
    """One that is nobody else's. Raises ValueError where no name is sure to be in the slot of a cluster's key."""
    end = b":streamgauge:" + token[:12].encode()
    if not is_cluster or _hash_tag(key) is not None:
        return key + end
    if b"}" in key or not key:
        raise ValueError("No other key is sure to live in its slot, for its name has a } and no {tag}.")
    return b"{" + key + b"}" + end


def _hash_tag(key: bytes) -> bytes | None:
    _, opened, rest = key.partition(b"{")
    tag, closed, _ = rest.partition(b"}")
    return tag if opened and closed and tag else None
