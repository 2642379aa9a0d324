"""Buckets of windows as bytes, so that whoever judges next looks back as far as the last one did."""

import hashlib
from collections.abc import Mapping

import msgspec

from dashboard.core.gauge import Gauge
from dashboard.core.subjects import Subject
from dashboard.core.windows import Cell, Span

_cells = msgspec.msgpack.Decoder(list[tuple[tuple[bytes, bytes, bytes], Cell]])
_span = msgspec.msgpack.Decoder(Span)


def digest_of(gauge: Gauge) -> str:
    """What a gauge's buckets are kept under."""
    says = (gauge.metric.value, sorted(gauge.states), gauge.function.value, gauge.window_s)
    return hashlib.sha256(msgspec.msgpack.encode(says)).hexdigest()


def packed_cells(cells: Mapping[Subject, Cell]) -> bytes:
    """A bucket's cells."""
    return msgspec.msgpack.encode([((*subject,), cell) for subject, cell in cells.items()])


def unpacked_cells(data: bytes) -> dict[Subject, Cell]:
    """The cells; raises msgspec.DecodeError where the bytes are something else."""
    return {Subject(*subject): cell for subject, cell in _cells.decode(data)}


def packed_span(span: Span) -> bytes:
    """A window's span."""
    return msgspec.msgpack.encode(span)


def unpacked_span(data: bytes) -> Span:
    """The span; raises msgspec.DecodeError where the bytes are something else."""
    return _span.decode(data)
