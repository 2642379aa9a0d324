"""Actions under what can go wrong: killed at random instants, raced by two operators, sent fifty times at once.

Every kind of action is begun in a process of its own that is killed after a random time, and then gone on with: the audit row must be truthful and the
effect what was asked for, once. Two operators claim the same entries at the same moment: each entry has one winner. Fifty requests confirm one plan: one execution.
`python -m bench.acting [--json] [--kills 10] [--races 200] [--requests 50] [--seed 1]`
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{tempfile.mkdtemp(prefix='bench-')}/acting.sqlite3")

import django

django.setup()

import redis  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from dashboard.models import Server, Stream  # noqa: E402
from streams_admin.actions import AlreadyDone, check_again, perform  # noqa: E402
from streams_admin.models import Action, Backup, Kind, Plan  # noqa: E402
from streams_admin.plans import save_plan  # noqa: E402
from streams_admin.redis_io.scripts import action_client  # noqa: E402
from streams_admin.remedies.claim import Target, plan_claim  # noqa: E402
from tests.servers import Kind as ServerKind  # noqa: E402
from tests.servers import RedisServer, running  # noqa: E402
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill, rows  # noqa: E402
from tests.streams_admin.test_actions import EFFECT, PLANS, pending_ten  # noqa: E402

_LONGEST_S = 0.03  # most actions of 300 entries are over by then


def main() -> None:
    """Prints them; the status is 1 where something was done twice, not at all, or said wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--kills", type=int, default=10, help="of each kind of action")
    parser.add_argument("--races", type=int, default=200)
    parser.add_argument("--requests", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options, _ = parser.parse_known_args()
    call_command("migrate", verbosity=0)
    with running(ServerKind.VALKEY_9) as server:
        row = Server.objects.create(name="shop", address=server.url)
        stream = Stream.objects.create(server=row, key=KEY)
        people = [User.objects.create_superuser(name) for name in ("ann", "bob")]
        found = _killed(server, stream, people[0], options.kills, random.Random(options.seed))
        found |= _raced(server, stream, people, options.races)
        found |= _sent(server, stream, people[0], options.requests)
    found["load"] = os.getloadavg()[0]
    if options.json:
        print(json.dumps({"bench": "acting", **found}))
    else:
        for name, value in found.items():
            print(f"  {value:>10}  {name}")
    sys.exit(any(found[name] for name in found if name.startswith("wrong")))


def _fresh(client: "redis.Redis", count: int = 300) -> None:
    client.flushdb()
    Backup.objects.all().delete()
    pending_ten(client, count)


# Killed


def _killed(server: RedisServer, stream: Stream, person: User, times: int, dice: random.Random) -> dict[str, Any]:
    ends = dict.fromkeys(("before it began", "in the middle", "when it was done"), 0)
    wrong: list[str] = []
    with server.client() as client:
        for kind in PLANS:
            for _ in range(times):
                _fresh(client)
                with action_client(stream.server.target, KEY) as seen:
                    plan = save_plan(stream, person, PLANS[kind](seen), now=timezone.now())
                _kill_midway(plan, person, dice.uniform(0, _LONGEST_S))
                how, well = _settled(plan, person, kind, client)
                ends[how] += 1
                if not well:
                    wrong.append(f"{kind} killed {how}")
    for words in wrong:
        print(f"  wrong: {words}", file=sys.stderr)
    return {
        "kills": times * len(PLANS),
        **{f"… {how}": count for how, count in ends.items()},
        "wrong after a kill": len(wrong),
    }


def _kill_midway(plan: Plan, person: User, after_s: float) -> None:
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            perform(plan, person, address=None)
        finally:
            os._exit(0)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _settled(plan: Plan, person: User, kind: Kind, client: "redis.Redis") -> tuple[str, bool]:
    """When the kill came, and whether the row is truthful and the effect is there once after going on."""
    action = Action.objects.filter(plan=plan).first()
    if action is None:
        action, how = perform(Plan.objects.get(pk=plan.pk), person, address=None), "before it began"
    elif action.state == Action.State.DONE:
        how = "when it was done"
    else:
        how = "in the middle"
        Action.objects.filter(pk=action.pk).update(heard_at=timezone.now() - timedelta(hours=1))
        action.refresh_from_db()
        action = check_again(action, person)
    outcome = action.outcome
    whole = outcome["done"] + outcome["gone"] + outcome["in_doubt"] == outcome["requested"]
    return how, action.state == Action.State.DONE and whole and EFFECT[kind](client)


# Raced


def _raced(server: RedisServer, stream: Stream, people: list[User], races: int) -> dict[str, Any]:
    wrong = 0
    with server.client() as client, ThreadPoolExecutor(2) as pool:
        for _ in range(races):
            client.flushdb()
            fill(client, count=20)
            deliver(client, 20)
            for person in people:
                client.xgroup_createconsumer(KEY, GROUP, person.username)
            with action_client(stream.server.target, KEY) as seen:
                plans = [_plan_for(seen, stream, person) for person in people]
            actions = list(pool.map(_act, plans, people))
            owners = [owner.decode() for owner, _ in rows(client).values()]
            done = [action.outcome["done"] for action in actions]
            losers = {item[2] for action in actions for item in action.outcome["not_done"]}
            fair = done == [owners.count(person.username) for person in people] and sum(done) == 20
            wrong += not (fair and losers <= {person.username for person in people})
    return {"races of two operators": races, "wrong in a race": wrong}


def _plan_for(seen: "redis.Redis", stream: Stream, person: User) -> Plan:
    facts = plan_claim(seen, KEY, everything(), Target(person.username.encode()))
    return save_plan(stream, person, facts, now=timezone.now())


def _act(plan: Plan, person: User) -> Action:
    try:
        return perform(plan, person, address=None)
    finally:
        connections.close_all()


# Sent


def _sent(server: RedisServer, stream: Stream, person: User, requests: int) -> dict[str, Any]:
    with server.client() as client:
        _fresh(client)
        with action_client(stream.server.target, KEY) as seen:
            plan = save_plan(stream, person, PLANS[Kind.CLAIM](seen), now=timezone.now())
        with ThreadPoolExecutor(requests) as pool:
            answers = list(pool.map(_confirm(plan, person), range(requests)))
        once = Action.objects.filter(plan=plan).count() == 1 and EFFECT[Kind.CLAIM](client)
    return {"requests that confirm one plan": requests, "wrong of these": int(not once or set(answers) != {302})}


def _confirm(plan: Plan, person: User) -> Callable[[int], int]:
    def post(_: int) -> int:
        browser = Client()
        try:
            browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            return browser.post(plan.get_absolute_url()).status_code
        except AlreadyDone:
            return 0
        finally:
            connections.close_all()

    return post


if __name__ == "__main__":
    main()
