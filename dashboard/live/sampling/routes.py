"""Which shard each key is read at: by the map, and by what nodes answered where the map is not right yet."""

from collections.abc import Iterator, Mapping, Sequence

from dashboard.core.address import Seed
from dashboard.core.sample import Elsewhere
from dashboard.redis_io.cluster_map import ClusterMap, Owners

#: So many rounds in a row a key may be on its way before that is a problem of its own.
PATIENCE = 3


class Routes:
    """Told of the map and of redirections; a key that a node sends elsewhere is asked for there in the next round."""

    def __init__(self) -> None:
        self._owners: Owners | None = None
        self._owner_of: dict[bytes, Seed | None] = {}
        self._detours: dict[bytes, Elsewhere] = {}
        self._astray: dict[bytes, int] = {}  # rounds in a row
        self._for: tuple[object, ...] = ()
        self._shares: dict[int, tuple[bytes, ...]] = {}

    def follow(self, known: ClusterMap, *, newer: bool) -> None:
        """Goes by another map. A detour that it knows nothing of stays, and of a newer map only one of a slot on its way."""
        self._owners = known.owners()
        self._owner_of.clear()
        self._detours = {
            key: detour
            for key, detour in self._detours.items()
            if (detour.asking or not newer) and detour.seed != self._owner(key)
        }
        self._for = ()

    def _owner(self, key: bytes) -> Seed | None:
        if key not in self._owner_of:
            shard = self._owners.of(key) if self._owners else None
            self._owner_of[key] = shard.master if shard else None
        return self._owner_of[key]

    def known(self, key: bytes) -> bool:
        """Whether any node serves the key's slot."""
        return key in self._detours or self._owner(key) is not None

    def guests(self) -> Iterator[Seed]:
        """Nodes that keys are asked for at though they have no slot yet."""
        masters = self._owners.masters if self._owners else set()
        yield from sorted({detour.seed for detour in self._detours.values()} - masters)

    def shares(self, keys: Sequence[bytes], masters: Mapping[int, Seed]) -> Mapping[int, tuple[bytes, ...]]:
        """The keys of each shard, by its number, in their order."""
        now = (keys, tuple(masters.items()))
        if now != self._for:
            self._for = now
            numbers = {seed: number for number, seed in masters.items()}
            shares: dict[int, list[bytes]] = {}
            for key in keys:
                detour = self._detours.get(key)
                seed = detour.seed if detour else self._owner(key)
                if seed in numbers:
                    shares.setdefault(numbers[seed], []).append(key)
            self._shares = {number: tuple(share) for number, share in shares.items()}
        return self._shares

    def asking(self, keys: Sequence[bytes]) -> frozenset[bytes]:
        """Those of the keys whose slots are on their way to where they are asked for."""
        if not self._detours:
            return frozenset()
        return frozenset(key for key in keys if key in self._detours and self._detours[key].asking)

    def is_moving(self, key: bytes, elsewhere: Mapping[bytes, Elsewhere]) -> bool:
        """Whether the key was just sent elsewhere, and is no problem yet."""
        return key in elsewhere and self._astray.get(key, 0) < PATIENCE

    def note(self, elsewhere: Mapping[bytes, Elsewhere]) -> bool:
        """Takes in what nodes sent elsewhere in this round; returns whether they did."""
        self._astray = {key: self._astray.get(key, 0) + 1 for key in elsewhere}
        if elsewhere:
            self._for = ()
            self._detours.update(elsewhere)
            for key, detour in elsewhere.items():
                if not detour.asking and detour.seed == self._owner(key):
                    del self._detours[key]
        return bool(elsewhere)
