"""Backups by `manage.py`: into a file, back again, and as a drill that leaves nothing."""

import io
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.management import CommandError, call_command

from dashboard.models import Stream
from streams_admin.models import Action, AuditEntry
from tests.servers import on_one_kind
from tests.streams_admin.backup.conftest import KEY, lived_in

pytestmark = [pytest.mark.django_db(transaction=True), on_one_kind]


def said(*words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*map(str, words), stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.fixture
def name(stream: Stream) -> str:
    """The server's, with `orders` on it."""
    return stream.server.name


def test_a_stream_goes_into_a_file_and_comes_back_with_a_row_in_the_audit(
    name: str, acting: "redis.Redis", tmp_path: Path
) -> None:
    lived_in(acting)
    file = tmp_path / "orders.gz"
    told = said("export_stream", name, "orders", file)
    assert "36 entries, 3 groups, 21 pending entries" in told
    assert file.stat().st_mode & 0o077 == 0, "payloads are nobody else's"
    acting.delete(KEY)

    dry = said("restore_stream", file, name, dry_run=True)
    assert "Restore a stream of 36 entries" in dry
    assert not acting.exists(KEY)
    told = said("restore_stream", file, name)

    assert "36 entries, all as they were" in told
    assert "2 of these were pending without an entry" in told
    assert acting.xlen(KEY) == 36
    action = Action.objects.get()
    assert (action.kind, action.state, action.operator) == ("restore", "done", None)
    assert action.operator_name.endswith("by manage.py")
    assert [entry.what for entry in AuditEntry.objects.order_by("pk")] == ["intended", "ended"]


def test_a_copy_gets_another_key_and_is_watched_from_then_on(name: str, acting: "redis.Redis", tmp_path: Path) -> None:
    lived_in(acting)
    file = tmp_path / "orders.gz"
    said("export_stream", name, "orders", file)
    said("restore_stream", file, name, r"copy \xff")
    assert acting.xlen(b"copy \xff") == 36
    assert Stream.objects.get(key=b"copy \xff").watched


def test_what_cannot_be_done_is_said_and_nothing_is_left(name: str, acting: "redis.Redis", tmp_path: Path) -> None:
    lived_in(acting)
    acting.set("text", "no stream")
    file = tmp_path / "orders.gz"
    file.write_bytes(b"something else")
    for words, why in [
        (("export_stream", "nowhere", "orders", tmp_path / "a"), "No server is registered as “nowhere”"),
        (("export_stream", name, "missing", tmp_path / "a"), "The key is gone"),
        (("export_stream", name, "text", tmp_path / "a"), "something else than a stream"),
        (("export_stream", name, "orders", file), "is there already"),
        (("export_stream", name, "orders", tmp_path / "orders.gz" / "a"), "cannot be written"),
        (("restore_stream", file, name), "no gzip file"),
        (("restore_stream", tmp_path / "none", name), "cannot be opened"),
        (("drill_backup", name, "missing"), "The key is gone"),
    ]:
        with pytest.raises(CommandError, match=why):
            said(*words)
    assert list(tmp_path.iterdir()) == [file]
    said("export_stream", name, "orders", tmp_path / "good")
    with pytest.raises(CommandError, match="something else than a stream"):
        said("restore_stream", tmp_path / "good", name, "text")


@pytest.mark.parametrize("to", [False, True], ids=["a server of its own", "the same server"])
def test_a_drill_compares_everything_and_leaves_nothing(
    to: bool, name: str, acting: "redis.Redis", tmp_path: Path
) -> None:
    lived_in(acting)
    before = acting.dump(KEY)
    told = said("drill_backup", name, "orders", folder=tmp_path, **({"to": name} if to else {}))
    assert "36 entries, 3 groups, 21 pending entries" in told
    assert "every id, field, group and pending entry is as it was" in told
    assert acting.keys("*") == [KEY]
    assert acting.dump(KEY) == before
    assert list(tmp_path.iterdir()) == []
