"""Marks on the time axis against what truly happened between two samples: none is made up, and no change of a group is missed."""

from dashboard.core.entry_id import EntryId
from dashboard.core.marks import MarkKind
from dashboard.core.names import display
from dashboard.core.noticing import GAP_INTERVALS
from tests.proofs.ledger import Ledger
from tests.proofs.watching import INTERVAL_S, Seen
from tests.servers import Kind

_OF_GROUPS = (MarkKind.GROUP_CREATED, MarkKind.GROUP_DESTROYED, MarkKind.REWOUND)


class Happenings:
    """What happened since the last sample in which there was a stream: a key that is away for a while is no news yet."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._positions: dict[bytes, EntryId] | None = None  # None: there was no sample with a stream yet
        self._replaced = self._removed = False

    def check(self, seen: Seen, ledger: Ledger) -> None:
        """Compares the marks of a sample."""
        self._replaced |= ledger.replaced
        self._removed |= ledger.removed > 0
        kinds = {mark.kind for mark in seen.marks}
        away = seen.elapsed_s is not None and seen.elapsed_s > GAP_INTERVALS * INTERVAL_S
        assert (MarkKind.GAP in kinds) == away
        assert not kinds & {MarkKind.RESTART, MarkKind.FAILOVER, MarkKind.STRETCHED}
        if seen.metrics.problem is not None:
            assert kinds <= {MarkKind.GAP}
            return
        self._check_stream(kinds)
        positions = {group.name: group.last_delivered_id for group in seen.metrics.groups}
        if MarkKind.RESET not in kinds:
            said = sorted((mark.kind, mark.text) for mark in seen.marks if mark.kind in _OF_GROUPS)
            expected = self._expected(positions)
            assert [kind for kind, _ in said] == [kind for kind, _ in expected], f"{said}, truly {expected}"
            for (_, text), (_, names) in zip(said, expected, strict=True):
                assert all(display(name) in text for name in names), f"{text}, truly {names}"
        self._positions, self._replaced, self._removed = positions, False, False

    def _check_stream(self, kinds: set[MarkKind]) -> None:
        # Redis 6.2 counts nothing: whatever has lost all its groups and begins anew is another stream there.
        assert MarkKind.RESET not in kinds or self._replaced or self._kind is Kind.REDIS_6
        assert MarkKind.TRIM not in kinds or self._removed or self._replaced

    def _expected(self, after: dict[bytes, EntryId]) -> list[tuple[MarkKind, list[bytes]]]:
        before = self._positions
        if before is None:
            return []
        made, removed = [name for name in after if name not in before], [name for name in before if name not in after]
        found = [(kind, names) for kind, names in zip(_OF_GROUPS, (made, removed), strict=False) if names]
        back = [name for name in sorted(after, key=display) if name in before and after[name] < before[name]]
        return [*found, *((MarkKind.REWOUND, [name]) for name in back)]
