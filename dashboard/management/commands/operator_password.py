"""`manage.py operator_password`: the first operator's password again, or a new one."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from dashboard.management.installation import Installation
from dashboard.management.operators import FirstOperator, known_operator, reset_first_operator


class Command(BaseCommand):
    help = "Prints the first operator's name and password; --reset gives a new password and ends a lockout."
    # The environment file may not exist yet; what is missing is said below.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="set a new random password")

    def handle(self, *, reset: bool, **options: object) -> None:
        password_file = Installation(Path(settings.VAR_DIR).resolve()).password_file
        try:
            operator = reset_first_operator(password_file) if reset else self._known(password_file)
        except DatabaseError as error:
            raise CommandError(f"The database is not ready ({error}). `make run` prepares it.") from None
        except OSError as error:
            raise CommandError(f"Cannot use {password_file}: {error.strerror}.") from None
        self.stdout.write(f"{operator.name} {operator.password}")

    def _known(self, password_file: Path) -> FirstOperator:
        operator = known_operator(password_file)
        if operator.password is None:
            raise CommandError(
                "The first operator's password is not known here: it was changed, or there is none yet. "
                "`make password RESET=1` sets a new one."
            )
        return operator
