"""The default pack: thresholds that most installations want, as fields of the models, by the key of each piece."""

from typing import Any

_H, _MIN = 3600, 60

THRESHOLDS: dict[str, dict[str, Any]] = {
    "server-down": {
        "name": "Server down",
        "metric": "server_unreachable_s",
        "critical_limit": 30,
        "note": "Nobody reads or writes its streams. Look at the server's page for what it answered last.",
    },
    "data-stale": {
        "name": "Data stale",
        "metric": "data_age_s",
        "warning_limit": 30,
        "note": "The server answers too slowly to be watched, or its sampler is overloaded: what the pages show is old.",
    },
    "group-stopped": {
        "name": "Group stopped",
        "metric": "group_state_s",
        "states": ["stopped"],
        "critical_limit": 2 * _MIN,
        "note": "Entries wait and no consumer takes any: start the consumers.",
    },
    "group-stalled": {
        "name": "Group stalled",
        "metric": "group_state_s",
        "states": ["stalled"],
        "warning_limit": 5 * _MIN,
        "note": "Consumers are there and acknowledge nothing: look at what they hold, and at their logs.",
    },
    "group-slow": {
        "name": "Group slow",
        "metric": "group_state_s",
        "states": ["slow"],
        "warning_limit": 15 * _MIN,
        "note": "More is added than the group works off: add consumers, or find out what slows them down.",
    },
    "group-abandoned": {
        "name": "Group abandoned",
        "metric": "group_state_s",
        "states": ["abandoned"],
        "notice_limit": 10 * _MIN,
        "note": "Nobody reads it any more. If nobody will, delete it: it keeps entries from being trimmed.",
    },
    "time-lag": {
        "name": "Time lag",
        "metric": "time_lag_s",
        "warning_limit": 60,
        "warning_clear": 45,
        "critical_limit": 5 * _MIN,
        "critical_clear": 4 * _MIN,
        "hold_s": 10,
        "keep_open_s": 30,
        "note": "The oldest entry that was not delivered has waited that long.",
    },
    "oldest-unacknowledged": {
        "name": "Oldest unacknowledged",
        "metric": "oldest_pending_s",
        "warning_limit": 10 * _MIN,
        "keep_open_s": 30,
        "note": "An entry was delivered and never acknowledged: claim it for a consumer that is alive.",
    },
    "deliveries": {
        "name": "Delivered again and again",
        "metric": "deliveries",
        "warning_limit": 4,
        "note": "An entry was delivered at least five times and never acknowledged: whoever takes it may die of it.",
    },
    # By the state and not by the count, which only ever rises: an alert of that would never end.
    "lost": {
        "name": "Lost before delivery",
        "metric": "group_state_s",
        "states": ["loss"],
        "critical_limit": 0,
        "keep_open_s": 10 * _MIN,
        "note": "Entries were removed before the group had them: the stream is trimmed shorter than the group's lag.",
    },
    "dead-consumer": {
        "name": "Dead consumer with pending entries",
        "metric": "dead_consumers",
        "warning_limit": 0,
        "hold_s": _MIN,
        "note": "A consumer is gone and still holds entries that nobody else will get: claim them.",
    },
    "memory-full": {
        "name": "Memory full within a day",
        "metric": "memory_full_in_s",
        "comparison": "below",
        "warning_limit": 24 * _H,
        "critical_limit": _H,
        "hold_s": 10 * _MIN,
        "keep_open_s": 10 * _MIN,
        "note": "At the rate of the last minutes. Trim what was consumed, or give the server more memory.",
    },
    "aof-failing": {
        "name": "Append-only file failing",
        "metric": "aof_failing_s",
        "critical_limit": 0,
        "note": "What is written now is lost if the server ends: look at its disk and its log.",
    },
    "rdb-failing": {
        "name": "Snapshots failing",
        "metric": "rdb_failing_s",
        "critical_limit": 0,
        "note": "What was written since the last snapshot is lost if the server ends: look at its disk, memory and log.",
    },
    "producer-silent": {
        "name": "Producer silent",
        "metric": "added_per_s",
        "function": "average",
        "window_s": 5 * _MIN,
        "comparison": "below",
        "warning_limit": 0.001,
        "enabled": False,
        "note": "Give the pattern of keys that are always written to, then switch it on.",
    },
    "watchdog": {
        "name": "Watchdog",
        "metric": "watchdog",
        "notice_limit": 0,
        "note": "Always open. If it is not, or its heartbeat is late, nobody is told of anything else either.",
    },
}

INHIBITIONS: dict[str, dict[str, Any]] = {
    "server-down-mutes": {
        "name": "An unreachable server mutes what is on it",
        "sources": [{"name": "metric", "op": "=", "value": "server_unreachable_s"}],
        "targets": [
            {"name": "metric", "op": "!=", "value": "server_unreachable_s"},
            {"name": "metric", "op": "!=", "value": "watchdog"},
        ],
        "equal": ["server"],
    },
}

#: The watchdog's alert never ends: what it is for is the heartbeat, and nobody wants to read of it every few hours.
ROUTES: dict[str, dict[str, Any]] = {
    "everything": {
        "name": "Everything",
        "position": 1000,
        "matchers": [{"name": "metric", "op": "!=", "value": "watchdog"}],
        "group_by": ["server", "threshold"],
    },
}
