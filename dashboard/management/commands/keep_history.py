"""`manage.py keep_history SAMPLER`: rolls up and expires what a sampler has written; `run_sampler` starts it by itself."""

import logging
import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connections

from dashboard.live.keeper import LOOK_EVERY_S, Keeper

logger = logging.getLogger(__name__)

#: Whoever samples or serves goes first.
NICENESS = 10
RETRY_S = 1.0


class Command(BaseCommand):
    help = "Keeps the history of the servers that the named sampler holds. run_sampler starts and ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sampler", help="its name in the registry")

    def handle(self, *args: Any, sampler: str, **options: Any) -> None:
        os.nice(NICENESS)
        keeper, failing = Keeper(sampler), False
        while True:
            try:
                keeper.look()
                failing = False
                time.sleep(LOOK_EVERY_S)
            except DatabaseError as error:
                connections.close_all()
                if not failing:
                    logger.info("History waits for the database: %s", error)
                failing = True
                time.sleep(RETRY_S)
