"""Undoing gzip, zlib and zstd, to a limit: a few bytes can stand for gigabytes."""

import sys
import zlib
from typing import Protocol

import msgspec

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: 8 MiB, what every decoder of the standard must allow; larger windows are memory that a stranger asks us for.
_MOST_WINDOW_LOG = 23


class Inflated(msgspec.Struct, frozen=True):
    """What came out. `whole`: all of it; else it was cut at the limit, or the input broke off (`broken`)."""

    name: str
    data: bytes
    whole: bool
    broken: bool


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def inflate(data: bytes, most: int) -> Inflated | None:
    """What the data stands for, at most so many bytes of it; None where it is not compressed in a way that we know."""
    if data.startswith(b"\x1f\x8b"):
        return _gzip(data, most)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _MOST_WINDOW_LOG}
        return _one("zstd", zstd.ZstdDecompressor(options=options), data, most)
    if len(data) > 2 and data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and (data[0] << 8 | data[1]) % 31 == 0:
        found = _one("zlib", zlib.decompressobj(), data, most)
        return None if found and found.broken else found  # text begins with these two bytes now and then
    return None


def _gzip(data: bytes, most: int) -> Inflated | None:
    """Members of a gzip file one after the other."""
    parts: list[bytes] = []
    while True:
        found = _member(zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), data, most - sum(map(len, parts)))
        if found is None:
            return Inflated("gzip", b"".join(parts), whole=False, broken=True) if parts else None
        part, rest, ended = found
        parts.append(part)
        full = sum(map(len, parts)) >= most
        if not ended or not rest or full:
            return Inflated("gzip", b"".join(parts), whole=ended and not rest, broken=not ended and not full)
        data = rest


def _one(name: str, decompressor: _Decompressor, data: bytes, most: int) -> Inflated | None:
    found = _member(decompressor, data, most)
    if found is None:
        return None
    part, rest, ended = found
    if ended and rest:
        return None  # more than what was compressed: shown as it is rather than in part
    return Inflated(name, part, whole=ended, broken=not ended and len(part) < most)


def _member(decompressor: _Decompressor, data: bytes, most: int) -> tuple[bytes, bytes, bool] | None:
    try:
        part = decompressor.decompress(data, max(1, most))
        # The end is noticed with the next byte only, where the limit is exactly what there is.
        if not decompressor.eof and len(part) == most:
            rest = getattr(decompressor, "unconsumed_tail", b"")
            if not decompressor.decompress(rest, 1) and decompressor.eof:
                return part, decompressor.unused_data, True
    except (zlib.error, zstd.ZstdError):
        return None
    return part, decompressor.unused_data, decompressor.eof
