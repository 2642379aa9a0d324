"""Backups through the pages: taken, listed, downloaded, restored, deleted; stopped and gone on with."""

import gzip
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Stream
from streams_admin.actions import check_again, perform
from streams_admin.backup import shelf
from streams_admin.beside import KEPT_S
from streams_admin.models import Action, Backup
from streams_admin.plans import save_plan
from streams_admin.remedies.export import plan_export
from streams_admin.remedies.restore import Restore
from streams_admin.remedies.restore_plan import described, plan_restore
from streams_admin.run import Cancelled
from tests.servers import on_one_kind
from tests.streams_admin.backup.conftest import KEY, lived_in
from tests.streams_admin.conftest import outcome_of

pytestmark = [pytest.mark.django_db(transaction=True), on_one_kind]


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Any) -> None:
    settings.BACKUP_DIR = tmp_path / "backups"


def taken(stream: Stream, acting: "redis.Redis", operator: User) -> Backup:
    """A backup of the stream as it is."""
    facts = plan_export(acting, KEY, server=stream.server.name)
    action = perform(save_plan(stream, operator, facts, now=timezone.now()), operator, address=None)
    assert (action.state, action.reason) == ("done", "")
    return action.backup


def restoring(stream: Stream, acting: "redis.Redis", operator: User, backup: Backup) -> Any:
    """The plan of its restore."""
    facts = plan_restore(acting, KEY, described(backup), is_cluster=False)
    return save_plan(stream, operator, facts, now=timezone.now())


async def _read(answer: Any) -> bytes:
    return b"".join([chunk async for chunk in answer.streaming_content])


def test_an_operator_backs_up_deletes_and_restores_by_pages(
    stream: Stream, acting: "redis.Redis", operator_client: Client
) -> None:
    lived_in(acting)
    ask = reverse("admin:dashboard_stream_ask", args=[stream.pk, "export"])
    assert operator_client.get(ask).status_code == 200
    plan = operator_client.post(ask)
    page = operator_client.get(plan["Location"]).content.decode()
    assert "Back up 36 entries" in page
    result = operator_client.post(plan["Location"], follow=True).content.decode()
    backup = Backup.objects.get()
    assert (backup.entries, backup.groups, backup.pending, backup.made_by) == (36, 3, 21, "operator")
    assert backup.get_absolute_url() in result
    listed = operator_client.get(reverse("admin:dashboard_stream_backups", args=[stream.pk])).content.decode()
    assert reverse("admin:streams_admin_backup_restore", args=[backup.pk]) in listed
    assert "Download" not in listed, "whoever may not see masked fields gets no file that holds them"
    assert operator_client.get(backup.get_absolute_url()).status_code == 200
    acting.delete(KEY)

    way = reverse("admin:streams_admin_backup_restore", args=[backup.pk])
    assert "orders" in operator_client.get(way).content.decode()
    plan = operator_client.post(way, {"server": stream.server.pk, "key": "orders"})
    receipt = operator_client.get(plan["Location"]).content.decode()
    assert "Restore a stream of 36 entries" in receipt
    result = operator_client.post(plan["Location"], follow=True).content.decode()
    assert "36 entries, all as they were" in result
    assert acting.xlen(KEY) == 36


def test_the_file_is_downloaded_by_who_may_see_all_payloads(
    stream: Stream, acting: "redis.Redis", operator: User, operator_client: Client
) -> None:
    lived_in(acting)
    backup = taken(stream, acting, operator)
    address = reverse("admin:streams_admin_backup_download", args=[backup.pk])
    assert operator_client.get(address).status_code == 403
    operator.user_permissions.add(Permission.objects.get(codename="view_masked"))
    answer = operator_client.get(address)
    content = async_to_sync(_read)(answer)
    assert content == shelf.path_of(backup.name).read_bytes()
    assert gzip.decompress(content)
    assert backup.name in answer["Content-Disposition"]
    shelf.path_of(backup.name).unlink()
    assert operator_client.get(address).status_code == 404


def test_a_backup_is_deleted_with_its_file(
    stream: Stream, acting: "redis.Redis", administrator: User, administrator_client: Client
) -> None:
    lived_in(acting)
    for way in ("one", "selected"):
        backup = taken(stream, acting, administrator)
        path = shelf.path_of(backup.name)
        if way == "one":
            address = reverse("admin:streams_admin_backup_delete", args=[backup.pk])
            data: dict[str, Any] = {"post": "yes"}
        else:
            address = reverse("admin:streams_admin_backup_changelist")
            data = {"action": "delete_selected", "_selected_action": [backup.pk], "post": "yes"}
        assert path.exists()
        administrator_client.post(address, data)
        assert not path.exists()
        assert not Backup.objects.exists()


def test_a_file_that_was_changed_since_puts_nothing_in_its_place(
    stream: Stream, acting: "redis.Redis", operator: User
) -> None:
    lived_in(acting)
    backup = taken(stream, acting, operator)
    acting.delete(KEY)
    plan = restoring(stream, acting, operator, backup)
    path = shelf.path_of(backup.name)
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)

    action = perform(plan, operator, address=None)

    assert action.state == "failed" if outcome_of(action).done else action.state in {"failed", "refused"}
    assert "The file cannot be used" in action.reason
    assert not acting.exists(KEY)


def test_a_restore_that_is_stopped_leaves_nothing_in_the_place_and_is_gone_on_with(
    stream: Stream, acting: "redis.Redis", operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived_in(acting)
    backup = taken(stream, acting, operator)
    acting.delete(KEY)
    plan = restoring(stream, acting, operator, backup)
    with monkeypatch.context() as patched:

        def stop(*_: Any, **__: Any) -> None:
            raise Cancelled("Cancelled by operator.")

        patched.setattr("streams_admin.remedies.restore.compare", stop)
        action = perform(plan, operator, address=None)
    assert (action.state, outcome_of(action).done) == ("cancelled", 0)
    left: Any
    (left,) = acting.keys("*")
    assert left.startswith(b"orders:streamgauge:")
    assert 0 < acting.ttl(left) <= KEPT_S

    check_again(action, operator)

    assert (Action.objects.get(pk=action.pk).state, outcome_of(action).done) == ("done", 36)
    assert acting.keys("*") == [KEY]


def test_what_is_there_by_then_is_not_replaced(stream: Stream, acting: "redis.Redis", operator: User) -> None:
    lived_in(acting)
    backup = taken(stream, acting, operator)
    acting.delete(KEY)
    plan = restoring(stream, acting, operator, backup)
    acting.xadd(KEY, {"somebody": "was first"})
    action = perform(plan, operator, address=None)
    assert (action.state, action.reason) == (
        "refused",
        "Something is at this key already: a stream is put back only where nothing is.",
    )
    assert acting.xlen(KEY) == 1


def test_trimmed_entries_are_put_back_and_the_result_counts_them(
    stream: Stream, acting: "redis.Redis", operator: User
) -> None:
    lived_in(acting)
    backup = taken(stream, acting, operator)
    acting.xtrim(KEY, minid="25", approximate=False)
    plan = restoring(stream, acting, operator, backup)
    action = perform(plan, operator, address=None)
    assert (action.state, outcome_of(action).done, action.title) == (
        "done",
        36,
        "Put back what is missing of 36 entries",
    )
    assert "22 were put back, 14 were there." in Restore().remarks(outcome_of(action))
    assert acting.xlen(KEY) == 36


def test_a_full_disk_ends_a_backup_in_words_and_leaves_no_file(
    stream: Stream, acting: "redis.Redis", operator: User, settings: Any
) -> None:
    lived_in(acting)
    facts = plan_export(acting, KEY, server=stream.server.name)
    settings.BACKUP_DIR = "/dev/full/backups"
    action = perform(save_plan(stream, operator, facts, now=timezone.now()), operator, address=None)
    assert action.state == "failed"
    assert "The file cannot be written" in action.reason
    assert not Backup.objects.exists()


def test_a_stream_with_too_much_pending_is_not_merged(stream: Stream, acting: "redis.Redis", operator: User) -> None:
    lived_in(acting)
    backup = taken(stream, acting, operator)
    pipeline = acting.pipeline(transaction=False)
    for number in range(1100):
        pipeline.xadd(KEY, {"n": number})
    pipeline.execute()
    acting.xgroup_create(KEY, "busy", "0")
    acting.xreadgroup("busy", "w", {KEY: ">"})
    with pytest.raises(Exception, match="more pending entries"):
        restoring(stream, acting, operator, backup)
