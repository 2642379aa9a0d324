"""A crew: several nodes asked at once, each in a thread of its own, so that one that hangs holds up nobody."""

import time
from collections.abc import Callable, Collection, Hashable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class _Member(Generic[T]):
    """One thread, which lives from the first call to `close`, and does one thing at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._executor: ThreadPoolExecutor | None = None
        self.call: Future[T] | None = None  # begun, and its outcome not taken yet
        self.began_at = 0.0
        self.well = True  # its last call came to something

    def begin(self, call: Callable[[], T]) -> None:
        self._executor = self._executor or ThreadPoolExecutor(1, self._name)
        self.call, self.began_at = self._executor.submit(call), time.monotonic()

    def take(self) -> T | Exception | None:
        """The outcome of a call that is done; None where there is none."""
        if self.call is None or not self.call.done():
            return None
        call, self.call = self.call, None
        error = call.exception()
        self.well = error is None
        if error is None:
            return call.result()
        if isinstance(error, Exception):
            return error
        raise error

    def close(self, last: Callable[[], object]) -> None:
        if self._executor is not None:
            self._executor.submit(last)
            self._executor.shutdown(wait=False)
            self._executor = None


class Crew(Generic[K, T]):
    """Belongs to one thread; the calls run in others."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._members: dict[K, _Member[T]] = {}

    def round(self, calls: Mapping[K, Callable[[], T]], *, grace_s: float) -> dict[K, T | Exception]:
        """Begins each call whose member is not still at its former one; returns what came in since the last round.

        Once the first is done, the others have `grace_s` more. Who failed at its last call, or is still at it, is not
        waited for, unless there is nobody else.
        """
        outcomes: dict[K, T | Exception] = {}
        self._gather(outcomes)
        begun = [self._begin(key, call) for key, call in calls.items() if not self.busy(key)]
        awaited = [member.call for member in begun if member.well] or [m.call for m in self._members.values()]
        futures = [call for call in awaited if call is not None]
        wait(futures, return_when=FIRST_COMPLETED)
        wait(futures, timeout=grace_s)
        self._gather(outcomes)
        return outcomes

    def _begin(self, key: K, call: Callable[[], T]) -> _Member[T]:
        member = self._members.get(key)
        if member is None:
            member = self._members[key] = _Member(self._name)
        member.begin(call)
        return member

    def _gather(self, outcomes: dict[K, T | Exception]) -> None:
        for key, member in self._members.items():
            if (outcome := member.take()) is not None:
                outcomes[key] = outcome

    def busy(self, key: K) -> bool:
        """Whether the member is at a call that was begun earlier."""
        member = self._members.get(key)
        return member is not None and member.call is not None

    def busy_s(self, key: K) -> float:
        """For how long it has been at it; 0 where it is idle."""
        member = self._members.get(key)
        return time.monotonic() - member.began_at if member is not None and member.call is not None else 0.0

    def dismiss(self, keys: Collection[K], last: Callable[[K], object]) -> None:
        """Ends these members; each runs `last` of its key in its own thread when it is done with what it is at."""
        for key in keys:
            if member := self._members.pop(key, None):
                member.close(lambda key=key: last(key))  # type: ignore[misc]
