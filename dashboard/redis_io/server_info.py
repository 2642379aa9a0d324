"""A server's health from INFO and its slow log, as far as it lets us; and the memory of its streams."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import redis
from redis.exceptions import ResponseError

from dashboard.core.health import Replica, SlowLog
from dashboard.core.sample import CommandTime, ServerInfo
from dashboard.redis_io.wire import Reply, borrowed, exchange, pack

_INFO = (pack(b"INFO"), pack(b"INFO", b"commandstats"), pack(b"HELLO"))
_SLOW_LOG = (pack(b"SLOWLOG", b"LEN"), pack(b"SLOWLOG", b"GET", b"1"))
_COMMAND = re.compile(rb"[A-Za-z][A-Za-z0-9._|-]{0,39}")
_REPLICA = re.compile(r"slave\d+")
_DECIMAL = re.compile(r"\d+(\.\d+)?")
_NEVER = CommandTime(0, 0)
_MEMORY_BATCH = 200  # MEMORY USAGE is slow where there are many groups, and others wait meanwhile


def read_info(client: redis.Redis, *, slow_log: bool = True) -> ServerInfo:
    """The server's health; what it denies or does not know is None, or "" where it is text.

    Call it after the sweep: `xadd_calls` then bounds what the sweep saw. Raises redis.RedisError where the server fails.
    """
    with borrowed(client) as connection:
        general, commands, hello, *slow = exchange(connection, _INFO + (_SLOW_LOG if slow_log else ()))
    return _info(_fields(general), _commands(commands), _greeting(hello), _slow_log(*slow) if slow else None)


def _fields(reply: Reply | ResponseError) -> dict[str, str]:
    if not isinstance(reply, bytes):
        return {}
    lines = reply.decode("utf-8", "replace").split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))


def _commands(reply: Reply | ResponseError) -> dict[str, CommandTime] | None:
    """Calls and microseconds by command; None where the server does not tell."""
    if isinstance(reply, ResponseError):
        return None
    times = {}
    for name, text in _fields(reply).items():
        numbers = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        calls, usec = _number(numbers, "calls"), _number(numbers, "usec")
        if calls is not None:
            times[name.removeprefix("cmdstat_")] = CommandTime(calls, usec or 0)
    return times


def _greeting(reply: Reply | ResponseError) -> dict[str, str]:
    """Product and version by HELLO, which users without INFO may run."""
    if not isinstance(reply, list):
        return {}
    pairs = zip(reply[::2], reply[1::2], strict=False)
    return {name.decode(): value.decode("utf-8", "replace") for name, value in pairs if isinstance(value, bytes)}


def _slow_log(length: Reply | ResponseError, newest: Reply | ResponseError) -> SlowLog | None:
    """Arguments are dropped here: they hold keys and payloads."""
    if not isinstance(length, int) or not isinstance(newest, list):
        return None
    if not newest:
        return SlowLog(length=length)
    entry_id, at, duration_us, arguments, *_ = newest[0]
    name = arguments[0] if arguments and _COMMAND.fullmatch(arguments[0]) else b""
    return SlowLog(length=length, id=entry_id, at=at, duration_us=duration_us, command=name.decode().upper())


def _info(
    fields: Mapping[str, str],
    commands: Mapping[str, CommandTime] | None,
    hello: Mapping[str, str],
    slow_log: SlowLog | None,
) -> ServerInfo:
    product, version = _product(fields, hello)
    return ServerInfo(
        run_id=fields.get("run_id", ""),
        product=product,
        version=version,
        role=fields.get("role", hello.get("role", "")),
        mode=fields.get("server_mode") or fields.get("redis_mode") or hello.get("mode"),
        uptime_s=_number(fields, "uptime_in_seconds"),
        loading=_flag(fields, "loading"),
        async_loading=_flag(fields, "async_loading"),
        replicas=_number(fields, "connected_slaves"),
        replica_states=_replicas(fields),
        master=_place(fields, "master_host", "master_port"),
        link_up=_is(fields, "master_link_status", "up"),
        link_down_s=_number(fields, "master_link_down_since_seconds"),
        used_memory_bytes=_number(fields, "used_memory"),
        peak_memory_bytes=_number(fields, "used_memory_peak"),
        max_memory_bytes=_number(fields, "maxmemory") or None,
        memory_policy=fields.get("maxmemory_policy"),
        fragmentation=_decimal(fields, "mem_fragmentation_ratio"),
        evicted_keys=_number(fields, "evicted_keys"),
        expired_keys=_number(fields, "expired_keys"),
        clients=_number(fields, "connected_clients"),
        max_clients=_number(fields, "maxclients"),
        blocked_clients=_number(fields, "blocked_clients"),
        rejected_connections=_number(fields, "rejected_connections"),
        operations_per_s=_number(fields, "instantaneous_ops_per_sec"),
        input_bytes_per_s=_kibibytes(fields, "instantaneous_input_kbps"),
        output_bytes_per_s=_kibibytes(fields, "instantaneous_output_kbps"),
        fork_us=_number(fields, "latest_fork_usec"),
        **_persistence(fields),
        slow_log=slow_log,
        xadd_calls=commands.get("xadd", _NEVER).calls if commands is not None else None,
        command_times=commands,
    )


def _persistence(fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        "aof": _aof(fields),
        "aof_write_ok": _is(fields, "aof_last_write_status", "ok"),
        "aof_rewrite_ok": _is(fields, "aof_last_bgrewrite_status", "ok"),
        "aof_bytes": _number(fields, "aof_current_size"),
        "rdb_saved_at": _number(fields, "rdb_last_save_time"),
        "rdb_ok": _is(fields, "rdb_last_bgsave_status", "ok"),
        "rdb_changes": _number(fields, "rdb_changes_since_last_save"),
    }


def _replicas(fields: Mapping[str, str]) -> tuple[Replica, ...] | None:
    if "connected_slaves" not in fields:
        return None
    offset = _number(fields, "master_repl_offset")
    lines = [text for name, text in fields.items() if _REPLICA.fullmatch(name)]
    return tuple(
        [_replica(dict(part.split("=", 1) for part in line.split(",") if "=" in part), offset) for line in lines]
    )


def _replica(facts: Mapping[str, str], offset: int | None) -> Replica:
    own, state = _number(facts, "offset"), facts.get("state", "")
    # One that is not in step yet says 0, which is no distance.
    known = state == "online" and own is not None and offset is not None
    return Replica(
        address=_place(facts, "ip", "port") or "",
        state=state,
        lag_bytes=max(0, offset - own) if known else None,  # type: ignore[operator]
        lag_s=_number(facts, "lag") if state == "online" else None,
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


def _decimal(fields: Mapping[str, str], name: str) -> float | None:
    text = fields.get(name, "")
    return float(text) if _DECIMAL.fullmatch(text) else None


def _kibibytes(fields: Mapping[str, str], name: str) -> float | None:
    value = _decimal(fields, name)
    return None if value is None else round(value * 1024, 1)


def _flag(fields: Mapping[str, str], name: str) -> bool | None:
    return _is(fields, name, "1")


def _is(fields: Mapping[str, str], name: str, word: str) -> bool | None:
    return fields[name] == word if name in fields else None


def _place(fields: Mapping[str, str], host: str, port: str) -> str | None:
    return f"{fields[host]}:{fields[port]}" if host in fields and port in fields else None


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
