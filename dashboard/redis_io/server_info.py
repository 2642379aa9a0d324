"""A server's health from INFO, as far as it lets us; and the memory of its streams."""

from collections.abc import Iterator, Mapping, Sequence

import redis
from redis.exceptions import ResponseError

from dashboard.core.sample import ServerInfo
from dashboard.redis_io.wire import Reply, borrowed, exchange, pack

_INFO = (pack(b"INFO"), pack(b"INFO", b"commandstats"), pack(b"HELLO"))
_MEMORY_BATCH = 200  # MEMORY USAGE is slow where there are many groups, and others wait meanwhile


def read_info(client: redis.Redis) -> ServerInfo:
    """The server's health; what it denies or does not know is None, or "" where it is text.

    Call it after the sweep: `xadd_calls` then bounds what the sweep saw. Raises redis.RedisError where the server fails.
    """
    with borrowed(client) as connection:
        general, commands, hello = exchange(connection, _INFO)
    return _info(_fields(general), _commands(commands), _greeting(hello))


def _fields(reply: Reply | ResponseError) -> dict[str, str]:
    if not isinstance(reply, bytes):
        return {}
    lines = reply.decode("utf-8", "replace").split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))


def _commands(reply: Reply | ResponseError) -> dict[str, int] | None:
    """Calls by command; None where the server does not tell."""
    if isinstance(reply, ResponseError):
        return None
    calls = {}
    for name, text in _fields(reply).items():
        count = _number(dict(part.split("=", 1) for part in text.split(",") if "=" in part), "calls")
        if count is not None:
            calls[name.removeprefix("cmdstat_")] = count
    return calls


def _greeting(reply: Reply | ResponseError) -> dict[str, str]:
    """Product and version by HELLO, which users without INFO may run."""
    if not isinstance(reply, list):
        return {}
    pairs = zip(reply[::2], reply[1::2], strict=False)
    return {name.decode(): value.decode("utf-8", "replace") for name, value in pairs if isinstance(value, bytes)}


def _info(fields: Mapping[str, str], commands: Mapping[str, int] | None, hello: Mapping[str, str]) -> ServerInfo:
    product, version = _product(fields, hello)
    return ServerInfo(
        run_id=fields.get("run_id", ""),
        product=product,
        version=version,
        role=fields.get("role", hello.get("role", "")),
        replicas=_number(fields, "connected_slaves"),
        link_up=fields["master_link_status"] == "up" if "master_link_status" in fields else None,
        used_memory_bytes=_number(fields, "used_memory"),
        max_memory_bytes=_number(fields, "maxmemory") or None,
        clients=_number(fields, "connected_clients"),
        operations_per_s=_number(fields, "instantaneous_ops_per_sec"),
        aof=_aof(fields),
        rdb_saved_at=_number(fields, "rdb_last_save_time"),
        rdb_ok=fields["rdb_last_bgsave_status"] == "ok" if "rdb_last_bgsave_status" in fields else None,
        uptime_s=_number(fields, "uptime_in_seconds"),
        xadd_calls=commands.get("xadd", 0) if commands is not None else None,
    )


def _product(fields: Mapping[str, str], hello: Mapping[str, str]) -> tuple[str, str]:
    # Valkey says redis_version 7.2.4 for the sake of old clients, and its own version beside it.
    if "valkey_version" in fields:
        return "valkey", fields["valkey_version"]
    if "redis_version" in fields:
        return "redis", fields["redis_version"]
    return hello.get("server", ""), hello.get("version", "")


def _aof(fields: Mapping[str, str]) -> str | None:
    if "aof_enabled" not in fields:
        return None
    if fields["aof_enabled"] != "1":
        return "off"
    failing = "err" in {fields.get("aof_last_write_status"), fields.get("aof_last_bgrewrite_status")}
    return "failing" if failing else "ok"


def _number(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


def read_memory(client: redis.Redis, keys: Sequence[bytes]) -> dict[bytes, int]:
    """Bytes that each stream takes, estimated by the server from five samples; a key it does not tell of is absent.

    For a slow cadence. Raises redis.RedisError where the server fails.
    """
    memory: dict[bytes, int] = {}
    with borrowed(client) as connection:
        for batch in _batches(keys):
            replies = exchange(connection, [pack(b"MEMORY", b"USAGE", key, b"SAMPLES", b"5") for key in batch])
            memory.update((key, size) for key, size in zip(batch, replies, strict=True) if isinstance(size, int))
            if all(isinstance(reply, ResponseError) for reply in replies):
                break  # denied, most likely: asking on would only fill the server's ACL LOG
    return memory


def _batches(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (keys[start : start + _MEMORY_BATCH] for start in range(0, len(keys), _MEMORY_BATCH))
