"""The first operator: made once, random, printed again, reset."""

import io
import stat
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from dashboard.management.operators import ensure_first_operator, new_password

pytestmark = pytest.mark.django_db


@pytest.fixture
def password_file(tmp_path: Path, settings: LazySettings) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path / "operator-password"


def printed(*arguments: str) -> str:
    output = io.StringIO()
    call_command("operator_password", *arguments, stdout=output)
    return output.getvalue().strip()


def test_the_first_start_makes_an_operator_with_every_right(password_file: Path) -> None:
    operator = ensure_first_operator(password_file)

    assert _opens(operator.password)
    assert get_user_model().objects.get().is_superuser
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600


def _opens(password: str | None) -> bool:
    return get_user_model().objects.get(username="operator").check_password(password or "")


def test_later_starts_keep_the_operator_and_say_the_password_again(password_file: Path) -> None:
    first = ensure_first_operator(password_file)

    assert ensure_first_operator(password_file) == first
    assert printed() == f"operator {first.password}"


def test_a_password_that_was_changed_is_not_overwritten_and_not_shown(password_file: Path) -> None:
    first = ensure_first_operator(password_file)
    account = get_user_model().objects.get()
    account.set_password("chosen by a person")
    account.save()

    assert ensure_first_operator(password_file).password is None
    assert str(first.password) not in str(ensure_first_operator(password_file))
    with pytest.raises(CommandError, match="RESET=1"):
        printed()
    assert _opens("chosen by a person")


def test_no_operator_is_made_where_somebody_else_rules(password_file: Path) -> None:
    get_user_model().objects.create_superuser("ada", password="long enough for ada")

    assert ensure_first_operator(password_file).password is None
    assert not get_user_model().objects.filter(username="operator").exists()


def test_a_reset_gives_a_new_password_and_all_rights_back(password_file: Path) -> None:
    first = ensure_first_operator(password_file)
    get_user_model().objects.update(is_active=False, is_superuser=False)

    name, password = printed("--reset").split()

    assert (name, password != first.password, _opens(password)) == ("operator", True, True)
    account = get_user_model().objects.get()
    assert account.is_active
    assert account.is_superuser


def test_before_the_first_start_there_is_no_password_to_print(password_file: Path) -> None:
    with pytest.raises(CommandError, match="there is none yet"):
        printed()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with override_settings(VAR_DIR=tmp_path / "none"), pytest.raises(CommandError, match=r"Cannot use .*none"):
        printed("--reset")


def test_passwords_are_random_and_readable() -> None:
    passwords = {new_password() for _ in range(100)}

    assert len(passwords) == 100
    assert all(len(password) == 19 and not set(password) & set("0o1il") for password in passwords)
