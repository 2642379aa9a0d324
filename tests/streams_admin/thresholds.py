"""The form of a threshold, as a browser sends it."""

FORM = {
    "name": "billing is late",
    "metric": "lag",
    "enabled": "on",
    "function": "last",
    "window_s": "",
    "comparison": "above",
    "warning_limit": "1000",
    "hold_s": "5",
    "keep_open_s": "",
    "server": "",
    "stream": "",
    "key_pattern": "*",
    "group_pattern": "*",
    "on_no_data": "skip",
    "on_error": "skip",
    "on_unknown": "skip",
    "on_estimated": "use",
    "active_days": ["1", "2", "4", "8", "16", "32", "64"],
    "zone": "UTC",
}
