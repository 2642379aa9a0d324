"""Quantities that people type: `90`, `5 min`, `1 h 30 min`, `2 GiB`, `80 %`; and how one is written so that it reads back the same."""

import math
import re

import msgspec

from dashboard.core.threshold_metrics import Metric

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {"B": 1.0, "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3, "TiB": 1024.0**4}
_WORDS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "week", "weeks"), "w"),
    **dict.fromkeys(("b", "byte", "bytes"), "B"),
    **dict.fromkeys(("k", "kb", "kib"), "KiB"),
    **dict.fromkeys(("mb", "mib"), "MiB"),
    **dict.fromkeys(("g", "gb", "gib"), "GiB"),
    **dict.fromkeys(("t", "tb", "tib"), "TiB"),
    "%": "%",
    "/s": "/s",
}
_PART = re.compile(r"([-+]?\d+(?:\.\d+|,\d{1,2}(?!\d))?(?:e[-+]?\d{1,3})?)\s*(%|/s|[a-zA-Z]+)?\s*", re.IGNORECASE)
_LONGEST = 60
_SPACES = re.compile(r"(?<=\d)[\s_\u202f\u00a0](?=\d{3}(?!\d))")


class Quantity(msgspec.Struct, frozen=True):
    """A number in its base unit, and which: "s", "bytes", "%", "/s", or "" where none was typed."""

    value: float
    unit: str = ""


def unit_of(metric: Metric) -> str:
    """The base unit of the metric's values: "s", "bytes", "%", "/s", or "" for a plain count."""
    if metric.endswith("_per_s"):
        return "/s"
    if metric.endswith("_s"):
        return "s"
    if metric.endswith("_bytes"):
        return "bytes"
    return "%" if metric.endswith("_percent") else ""


def parse(text: str) -> Quantity:
    """What was typed. Raises ValueError with a sentence; nothing but a finite number is one."""
    plain = _SPACES.sub("", text.strip())
    found, at = [], 0
    while at < len(plain) <= _LONGEST and (part := _PART.match(plain, at)):
        found.append(_part(part))
        at = part.end()
    if at < len(plain) or not found:
        raise ValueError(
            f"“{text[:40]}” is not understood. Enter a number, for example 90, 5 min, 1 h 30 min or 2 GiB."
        )
    if len(found) > 1 and any(one.unit not in ("s", "bytes") or one.unit != found[0].unit for one in found):
        raise ValueError(f"“{text[:40]}” is not understood: give one number, or parts of a time such as 1 h 30 min.")
    value = sum(one.value for one in found)
    if not math.isfinite(value):
        raise ValueError("Enter a number that is not so large.")
    return Quantity(value, found[0].unit)


def _part(part: re.Match[str]) -> Quantity:
    number, word = float(part[1].replace(",", ".")), (part[2] or "").lower()
    if not word:
        return Quantity(number)
    unit = _WORDS.get(word)
    if unit is None:
        raise ValueError(f"“{part[2][:20]}” is no unit here: s, min, h, d, w, KiB, MiB, GiB, % or /s.")
    if unit in _SECONDS:
        return Quantity(number * _SECONDS[unit], "s")
    return Quantity(number * _BYTES[unit], "bytes") if unit in _BYTES else Quantity(number, unit)


def parse_duration(text: str) -> float:
    """Seconds; a bare number is seconds. Raises ValueError with a sentence."""
    found = parse(text)
    if found.unit not in ("", "s"):
        raise ValueError("This is a time: for example 90, 5 min or 1 h 30 min.")
    return found.value


def written(value: float, unit: str = "") -> str:
    """The number as somebody would type it; `parse` reads the very same value back from it."""
    for sizes, name in ((_SECONDS, "s"), (_BYTES, "bytes")):
        if unit == name and value > 0:
            exact = [word for word, size in sizes.items() if size >= 1 and word != "w" and not value % size]
            if exact:
                return f"{_number(value / sizes[exact[-1]])} {exact[-1]}"
    return _number(value)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
