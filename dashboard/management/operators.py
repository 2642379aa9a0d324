"""The first operator: made once, with a random password that only this installation's owner can read."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from axes.utils import reset as forgive_failures
from django.contrib.auth import get_user_model

from dashboard.management.installation import write_private

NAME = "operator"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


@dataclass(frozen=True)
class FirstOperator:
    """Who may sign in; `password` is None where it is not known, because somebody changed it or never told us."""

    name: str
    password: str | None

    def __str__(self) -> str:
        if self.password is None:
            return f"sign in with your own account (`make password RESET=1` gives {NAME} a new password)"
        return f"sign in as {self.name} with the password {self.password}"


def ensure_first_operator(password_file: Path) -> FirstOperator:
    """Returns the first operator; makes one where no superuser exists yet."""
    if not get_user_model().objects.filter(is_superuser=True, is_active=True).exists():
        return reset_first_operator(password_file)
    return known_operator(password_file)


def known_operator(password_file: Path) -> FirstOperator:
    """Returns the first operator with the recorded password, if that still opens the account."""
    account = get_user_model().objects.filter(username=NAME, is_active=True).first()
    recorded = password_file.read_text().strip() if password_file.exists() else ""
    opens = account is not None and recorded and account.check_password(recorded)
    return FirstOperator(NAME, recorded if opens else None)


def reset_first_operator(password_file: Path) -> FirstOperator:
    """Gives the first operator a new random password and every right, ends its lockout, and returns it."""
    password = new_password()
    # First the file: a crash between the two leaves a password that opens nothing, never one that nobody knows.
    write_private(password_file, password + "\n")
    account, _ = get_user_model().objects.get_or_create(username=NAME)
    account.is_superuser = account.is_staff = account.is_active = True
    account.set_password(password)
    account.save()
    forgive_failures(username=NAME)
    return FirstOperator(NAME, password)


def new_password() -> str:
    """Returns sixteen random letters and digits, about 79 bits, in groups that can be typed."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
