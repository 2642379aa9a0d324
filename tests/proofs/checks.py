"""What every derived number must be, given the truth. Unknown is always allowed; wrong never."""

from collections import Counter

from dashboard.core.damage import POISON_DELIVERIES
from dashboard.core.entry_id import ZERO
from dashboard.core.lag import LagQuality
from dashboard.core.metrics import GroupMetrics
from dashboard.core.sample import ProblemKind
from dashboard.core.time_lag import TOLERANCE_MS, is_clock
from tests.proofs.consumers import check_consumers
from tests.proofs.flows import check_flow
from tests.proofs.ledger import Ledger
from tests.proofs.past import Past, count
from tests.proofs.states import check_state
from tests.proofs.truth import Truth
from tests.proofs.watching import Seen
from tests.servers import Kind


def check_stream(seen: Seen, truth: Truth, ledger: Ledger) -> None:
    """The stream's own numbers."""
    metrics = seen.metrics
    if not truth.exists:
        assert (metrics.problem, metrics.length, metrics.groups) == (ProblemKind.VANISHED, None, ())
        return
    assert metrics.problem is None
    assert metrics.length == len(truth.ids)
    assert (metrics.first_id, metrics.last_id) == ((truth.ids[0], truth.ids[-1]) if truth.ids else (None, None))
    assert {group.name for group in metrics.groups} == truth.groups.keys()
    assert metrics.pending == sum(len(group.pending) for group in truth.groups.values())
    if not ledger.ever_replaced:
        assert metrics.tail_deleted == (truth.generated != ZERO and truth.generated not in truth.ids)
    check_added(seen, ledger)


def check_added(seen: Seen, ledger: Ledger) -> None:
    """Added: what was added, or nothing said; never negative, whatever was done to the key."""
    added = count(seen.metrics.added_per_s, seen.elapsed_s)
    if added is None:
        return
    assert added >= 0
    if ledger.replaced:
        return
    right = added <= ledger.added if seen.metrics.added_at_least else added == ledger.added
    assert right, f"added {added}, truly {ledger.added}"


def check_group(kind: Kind, seen: Seen, past: Past, truth: Truth, ledger: Ledger) -> None:
    """A group's numbers at its last sample, and what its state says of all those before."""
    group = past.rows[-1].said
    known = truth.groups[group.name]
    assert (group.last_delivered_id, group.pending, group.consumers) == (
        known.delivered, len(known.pending), known.consumers,
    )  # fmt: skip
    check_lag(kind, group, truth, ledger)
    check_time_lag(seen, group, truth)
    check_rates(seen, group, ledger)
    check_lost(group, ledger)
    check_consumers(past)
    check_state(past)
    check_flow(past)


def check_lost(group: GroupMetrics, ledger: Ledger) -> None:
    """G3, a lower bound."""
    if not ledger.ever_replaced:  # else nobody can tell which entries a group was ever due
        lost = ledger.lost[group.name]
        assert group.lost is None or 0 <= group.lost <= lost, f"lost {group.lost}, truly {lost}"


def check_lag(kind: Kind, group: GroupMetrics, truth: Truth, ledger: Ledger) -> None:
    """L1 to L3, and the word that each lag carries."""
    value, quality, waiting = group.lag.value, group.lag.quality, len(truth.waiting(group.name))
    if quality is LagQuality.UNKNOWN:
        assert value is None
        return
    assert value is not None
    assert 0 <= value <= len(truth.ids)
    words = f"{quality} {value}, truly {waiting}: {group.lag.reason}"
    if ledger.counters_set and 0 < value < len(truth.ids):
        return  # a server believes the counters that it is given; only what the ids prove is beyond them
    if quality is LagQuality.EXACT or quality is LagQuality.MEASURED:
        assert value == waiting, words
    elif quality is LagQuality.AT_LEAST:
        assert value <= waiting, words
    else:
        assert kind is Kind.REDIS_7, words


def check_time_lag(seen: Seen, group: GroupMetrics, truth: Truth) -> None:
    """L4: the age of the first entry after the group's position; a second too old at most, where an id stood in for it."""
    lag = group.time_lag_s
    waiting = truth.waiting(group.name)
    if lag is None:
        return
    assert lag >= 0
    if not waiting:
        assert lag == 0
    elif not group.time_lag_estimated:
        assert is_clock(waiting[0], seen.at)
        age = max(0.0, seen.at - waiting[0].ms / 1000)
        assert age - 0.001 <= lag <= age + TOLERANCE_MS / 1000 + 0.001, f"time lag {lag}, truly {age}"


def check_rates(seen: Seen, group: GroupMetrics, ledger: Ledger) -> None:
    """T2 and T3: what was delivered and acknowledged, or nothing said."""
    delivered = count(group.delivered_per_s, seen.elapsed_s)
    acknowledged = count(group.acked_per_s, seen.elapsed_s)
    assert delivered is None or delivered >= 0
    assert acknowledged is None or acknowledged >= 0
    if group.name in ledger.by_hand or ledger.replaced or ledger.counters_set:
        return  # what a group that is moved by hand "was given" nobody can tell, nor after a lie
    assert delivered in (None, ledger.delivered[group.name]), f"delivered {delivered}, truly {ledger.delivered}"
    assert acknowledged in (None, ledger.acknowledged[group.name]), (
        f"acknowledged {acknowledged}, truly {ledger.acknowledged}"
    )


def check_slow_reads(seen: Seen, truth: Truth) -> None:
    """What the slower reads have only just read of the pending entries: G1, and what was delivered too often."""
    for group in seen.metrics.groups:
        pending = truth.groups[group.name].pending
        oldest = min(pending, default=None)
        if oldest is None:
            assert group.oldest_pending_s == 0
        elif group.oldest_pending_s is not None:
            assert abs(group.oldest_pending_s - max(0.0, seen.at - oldest.ms / 1000)) < 0.01
        ghosts = len(truth.ghosts(group.name))
        assert group.ghosts is None or 0 <= group.ghosts <= ghosts, f"ghosts {group.ghosts}, truly {ghosts}"
        poison = sum(deliveries >= POISON_DELIVERIES for deliveries in pending.values())
        assert group.poison is None or 0 <= group.poison <= poison, f"poison {group.poison}, truly {poison}"
        most = max(pending.values(), default=0)
        assert group.most_deliveries is None or group.most_deliveries <= most


class Tally:
    """How often each quality of lag was met: by a sampler that never measures, and after one measuring round."""

    def __init__(self) -> None:
        self.before: Counter[LagQuality] = Counter()
        self.after: Counter[LagQuality] = Counter()

    def note(self, seen: Seen) -> None:
        """Counts the groups of one sample that was measured."""
        self.before.update(group.lag.quality for group in seen.unmeasured.groups)
        self.after.update(group.lag.quality for group in seen.metrics.groups)


def unknown(lags: Counter[LagQuality]) -> float:
    """The share of lags of which nothing is known."""
    return lags[LagQuality.UNKNOWN] / max(1, lags.total())
