"""The var folder: its secrets, its lock, its complaints."""

import os
import stat
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from dashboard.management.installation import Installation

SECRETS = ("SECRET_KEY", "CREDENTIALS_KEY")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    installation = Installation(tmp_path / "var")
    installation.prepare()
    return installation


def test_secrets_are_made_once_and_kept(installation: Installation) -> None:
    assert installation.record(REDIS_URL="unix:///a?db=1")
    first = installation.recorded()

    assert not installation.record(REDIS_URL="unix:///a?db=1")
    assert installation.record(REDIS_URL="unix:///moved?db=1")
    assert {name: installation.recorded()[name] for name in SECRETS} == {name: first[name] for name in SECRETS}
    assert len(first["SECRET_KEY"]) >= 50


def test_two_installations_share_no_secret(installation: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path)
    installation.record()
    other.record()

    assert not set(installation.recorded().values()) & set(other.recorded().values())


def test_secrets_are_for_their_owner_alone(installation: Installation) -> None:
    installation.record()

    assert stat.S_IMODE(installation.environment_file.stat().st_mode) == 0o600


def test_a_secret_of_the_environment_is_not_written_down(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "from the environment")
    installation.record()

    assert set(installation.recorded()) == {"CREDENTIALS_KEY"}


def test_a_second_start_is_refused_by_name_until_the_first_is_over(installation: Installation) -> None:
    first = installation.lock()
    with pytest.raises(CommandError, match=rf"already runs from .*var \(process {os.getpid()}\)"):
        installation.lock()

    os.close(first)
    os.close(installation.lock())


@pytest.mark.parametrize("name", ["file/var", "file"], ids=["below a file", "a file itself"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match=r"Cannot write to .*file.*VAR_DIR="):
        Installation(tmp_path / name).prepare()
