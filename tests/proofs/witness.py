"""A witness follows one sampler from sample to sample and holds each number against the truth."""

from collections import defaultdict

from tests.proofs.checks import check_group, check_stream
from tests.proofs.ledger import Ledger
from tests.proofs.past import Look, Past, Row, count
from tests.proofs.truth import Truth
from tests.proofs.watching import Seen
from tests.servers import Kind


class Witness:
    """Remembers all that its sampler has said of each group, and what slower reads had told it by then."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._pasts: dict[bytes, Past] = {}
        self._looks: defaultdict[bytes, list[Look]] = defaultdict(list)  # at a group's consumers, also at one made anew

    def hear(self, seen: Seen, truth: Truth, ledger: Ledger) -> None:
        """Compares a sample; `ledger` says what truly happened since the one before."""
        check_stream(seen, truth, ledger)
        # A group that is away for a sample is another one when it comes back.
        self._pasts = {group.name: self._pasts.get(group.name) or Past() for group in seen.metrics.groups}
        added = count(seen.metrics.added_per_s, seen.elapsed_s)
        for group in seen.metrics.groups:
            past = self._pasts[group.name]
            past.note(Row(seen.at, seen.elapsed_s, group, added, len(truth.waiting(group.name))))
            at_first_sight = len(past.rows) == 1  # what slower reads say of a group comes with its next sample then
            if not at_first_sight:
                self._learn(seen, past, truth)
            check_group(self._kind, seen, past, truth, ledger)
            if at_first_sight:
                self._learn(seen, past, truth)

    def _learn(self, seen: Seen, past: Past, truth: Truth) -> None:
        """What the slower reads told of a group, if there were any with this sample."""
        group = past.rows[-1].said.name
        if looked := seen.consumers.get(group):
            self._looks[group].append((seen.at, looked))
            past.looks = self._looks[group]
        if seen.measured and (pending := truth.groups[group].pending):
            past.see_oldest(min(pending))
