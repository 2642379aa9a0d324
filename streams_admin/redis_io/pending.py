"""Writes to pending entries, each in a script that looks whether the entry is still as the plan saw it."""

from collections.abc import Sequence

import msgspec
import redis

from dashboard.core.names import display
from streams_admin.facts import NotDone, PendingColumns
from streams_admin.redis_io.scripts import Argument, Sent, load, send

_PENDING = load("pending")
_pack = msgspec.msgpack.Encoder().encode  # a tenth of the time of as many arguments

BATCH = 1000  # pending entries, in one script


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of pending entries of a group. The consumer is empty where nobody gets them."""

    run_id: str
    key: bytes
    group: bytes
    verb: str  # claim, reset-idle, give-back, acknowledge or acknowledge-delete
    consumer: bytes = b""
    may_create: bool = False
    deliveries: int | None = None  # to set; None: as they are
    at_ms: int = 0  # the server's clock when the entries were idle for so long
    heavy_ends: bool = False  # of the stream; see `look.has_heavy_ends`


class Return(msgspec.Struct, frozen=True, array_like=True):
    """How a pending entry was before it was claimed."""

    owner: bytes
    delivered_at_ms: int
    deliveries: int


class BatchResult(msgspec.Struct):
    """What became of one batch of pending entries."""

    done: int = 0
    not_done: list[NotDone] = []
    at_ms: int = 0  # by the server's clock


class Settling:
    """A batch that the server is settling."""

    def __init__(self, sent: Sent, batch: PendingColumns) -> None:
        self._sent, self._batch = sent, batch

    def result(self) -> BatchResult:
        """What became of it, waited for. Raises Aborted, Failed, Unanswered."""
        left = self._sent.reply()
        numbers, reasons, details = left[1::3], left[2::3], left[3::3]
        not_done = [
            NotDone(self._batch.ids[number - 1], why.decode(), display(detail))
            for number, why, detail in zip(numbers, reasons, details, strict=True)
        ]
        return BatchResult(done=len(self._batch) - len(not_done), not_done=not_done, at_ms=int(left[0]))


class Ready:
    """A batch made ready to be sent, so that this can be done while the server is at another one."""

    def __init__(self, order: Order, batch: PendingColumns, returns: Sequence[Return] = ()) -> None:
        """To give back, `returns` says what each of the batch was like."""
        self._order, self._batch = order, batch
        deliveries = -1 if order.deliveries is None else order.deliveries
        head = (order.run_id, order.group, order.verb, order.consumer, int(order.may_create), deliveries, order.at_ms)
        heavy = int(order.heavy_ends)
        owners = list(dict.fromkeys([run.owner for run in batch.runs] + [its.owner for its in returns]))
        number_of = {owner: number for number, owner in enumerate(owners, start=1)}
        runs = [cell for run in batch.runs for cell in (run.until, number_of[run.owner], run.deliveries, run.idle_ms)]
        before = [(number_of[its.owner], its.delivered_at_ms, its.deliveries) for its in returns]
        self._arguments: tuple[Argument, ...] = (*head, heavy, _pack((batch.ids, runs)), _pack(before), *owners)

    def send(self, client: "redis.Redis") -> Settling:
        """Has the server carry the order out for those entries that are still as the plan says. Raises Failed, Unanswered."""
        return Settling(send(client, _PENDING, self._order.key, *self._arguments), self._batch)


def settle_pending(client: "redis.Redis", order: Order, batch: PendingColumns) -> BatchResult:
    """Carries the order out for one batch, and waits for it. Raises Aborted, Failed, Unanswered."""
    return Ready(order, batch).send(client).result()
