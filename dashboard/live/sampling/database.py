"""The sampler's thread for the database: one call after the other, while the event loop goes on."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import Error as DatabaseError
from django.db import connections

logger = logging.getLogger(__name__)

#: A database that has not answered for so long is one that this process cannot use now.
_ANSWERS_WITHIN_S = 5.0

_T = TypeVar("_T")


class Database:
    """Call it with what needs the database; the event loop's thread alone uses it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "database")
        self._failing = False
        self._answered_at = float("-inf")

    async def __call__(self, call: Callable[[], _T]) -> _T:
        """What the call returns, or raises, in the database's thread."""
        result = await asyncio.get_running_loop().run_in_executor(self._thread, call)
        self._answered_at = time.monotonic()
        return result

    @property
    def answers(self) -> bool:
        """Whether the last call went well, a short time ago."""
        return not self._failing and time.monotonic() - self._answered_at < _ANSWERS_WITHIN_S

    async def failed(self, error: DatabaseError) -> None:
        """Begins with new connections, and says once that there is no database."""
        await self(connections.close_all)
        if not self._failing:
            logger.warning("The database does not answer: %s. Sampling goes on, history waits.", error)
        self._failing = True

    def recovered(self, lost: int) -> None:
        """Says that there is one again, and how many rows of history were lost meanwhile."""
        if self._failing:
            logger.warning("The database answers again; %d rows of history were dropped.", lost)
        self._failing = False

    async def close(self) -> None:
        """Ends the thread and its connections."""
        await self(connections.close_all)
        self._thread.shutdown(wait=False)
