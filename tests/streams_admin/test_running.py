"""Actions under way: how far they are, stopped, gone on with, and ended with their process."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from dashboard.models import Stream
from streams_admin import run
from streams_admin.actions import ask_to_cancel, begin, begin_again, carry_out, check_again
from streams_admin.models import Action
from streams_admin.redis_io.pending import BATCH
from streams_admin.remedies.acknowledge import plan_acknowledge
from streams_admin.remedies.claim import Target, plan_claim
from streams_admin.running import carry_out_soon
from tests.servers import on_one_kind, wait_until
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill, outcome_of, planned, rows

pytestmark = on_one_kind
COUNT = 5_000  # more than goes at once


@pytest.fixture
def started(
    stream: Stream,
    operator: User,
    seen: "redis.Redis",
    client_of_watched: "redis.Redis",
    monkeypatch: pytest.MonkeyPatch,
) -> Action:
    """A claim of 5,000 entries, begun and not yet carried out, that says after every script how far it is."""
    monkeypatch.setattr(run, "SAVE_EVERY_S", 0)
    fill(client_of_watched, count=COUNT)
    deliver(client_of_watched, COUNT)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plan = planned(stream, operator, plan_claim(seen, KEY, everything(), Target(b"alive")))
    return begin(plan, operator, address=None)


@pytest.fixture
def stopping() -> Iterator[None]:
    """This process is asked to end."""
    run.stopping.set()
    yield
    run.stopping.clear()


def claimed(client: "redis.Redis") -> int:
    return sum(owner == b"alive" for owner, _ in rows(client).values())


def test_one_that_is_cancelled_stops_after_the_script_under_way_and_can_be_gone_on_with(
    started: Action, operator: User, client_of_watched: "redis.Redis"
) -> None:
    assert ask_to_cancel(started, operator, now=timezone.now())
    carry_out(started, again=False)

    stopped = outcome_of(started)
    assert (started.state, started.cancelled_by) == ("cancelled", "operator")
    assert "Cancelled by operator." in started.reason
    assert 0 < stopped.done == claimed(client_of_watched) < COUNT
    assert stopped.untried == COUNT - stopped.done

    settled = check_again(started, operator)
    assert (settled.state, outcome_of(settled).done, claimed(client_of_watched)) == ("done", COUNT, COUNT)
    assert not ask_to_cancel(settled, operator, now=timezone.now())


def test_one_whose_process_is_asked_to_end_says_how_far_it_got(
    started: Action, stopping: None, client_of_watched: "redis.Redis"
) -> None:
    carry_out(started, again=False)

    outcome = outcome_of(started)
    assert (started.state, started.reason[:22]) == ("interrupted", "The program was ended.")
    assert 0 < outcome.done == claimed(client_of_watched) == int(outcome.cursor)


def test_a_run_that_wakes_up_late_stops_where_somebody_has_gone_on(
    started: Action, operator: User, client_of_watched: "redis.Redis"
) -> None:
    Action.objects.update(heard_at=timezone.now() - 2 * Action.PATIENCE)
    asleep = Action.objects.get()
    successor = begin_again(Action.objects.get(), operator)

    carry_out(asleep, again=False)
    assert claimed(client_of_watched) <= BATCH  # the one script that it had begun
    assert Action.objects.get().state == "started"  # nothing of it stands in the row

    carry_out(successor, again=True)
    assert (successor.state, outcome_of(successor).done) == ("done", COUNT)


@pytest.mark.django_db(transaction=True)
def test_a_long_one_goes_on_in_a_thread_and_its_page_tells_how_far_it_is(
    started: Action, operator_client: Client, client_of_watched: "redis.Redis"
) -> None:
    assert started.plan is not None
    page = operator_client.get(started.plan.get_absolute_url()).content.decode()
    assert re.search(rf'<progress[^>]*max="{COUNT}"\s+value="0"', page)
    assert f"/action/{started.pk}/cancel/" in page

    carry_out_soon(started, again=False)
    wait_until(lambda: Action.objects.get().state == "done", "its end", timeout=20)

    page = operator_client.get(started.plan.get_absolute_url()).content.decode()
    assert "<progress" not in page
    assert claimed(client_of_watched) == COUNT


ACT = """
import sys, django
django.setup()
from streams_admin import run
from streams_admin.actions import carry_out
from streams_admin.models import Action
run.SAVE_EVERY_S = float(sys.argv[1])
checkpoint = run.Run.checkpoint
def told(self):
    checkpoint(self)
    print(self.outcome.cursor, flush=True)
run.Run.checkpoint = told
carry_out(Action.objects.get(), again=False)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("every_s", [0, 3600], ids=["after every script", "never"])
def test_what_a_killed_process_had_done_is_never_claimed_by_nobody(
    every_s: float, stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    """An acknowledged entry leaves no trace of who did it: after a kill it is said to be in doubt, not to be somebody else's."""
    fill(client_of_watched, count=COUNT)
    deliver(client_of_watched, COUNT)
    begin(planned(stream, operator, plan_acknowledge(seen, KEY, everything())), operator, address=None)
    database = f"sqlite:///{connection.settings_dict['NAME']}"
    with subprocess.Popen(
        [sys.executable, "-c", ACT, str(every_s)], env={**os.environ, "DATABASE_URL": database}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < COUNT // 2:
            pass
        process.kill()
    Action.objects.update(heard_at=timezone.now() - timedelta(hours=1))
    action = Action.objects.get()
    before, left = outcome_of(action), len(rows(client_of_watched))

    assert (action.state_at(timezone.now()), before.done <= COUNT - left) == ("interrupted", True)
    outcome = outcome_of(check_again(action, operator))
    assert outcome.done == before.done + left
    assert (outcome.in_doubt, outcome.gone, outcome.untried) == (COUNT - outcome.done, 0, 0)
    assert rows(client_of_watched) == {}
