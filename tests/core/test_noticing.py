"""What is noticed between two readings, and what is not."""

from functools import partial
from typing import Any

import msgspec
import pytest

from dashboard.core.deriver import Deriver
from dashboard.core.insight import NOTHING_NEW, Insights
from dashboard.core.marks import Mark, MarkKind
from dashboard.core.measured import Measured
from dashboard.core.metrics import ServerTick
from dashboard.core.noticing import MOST_MARKS, Noticer
from dashboard.core.sample import GroupSample, ProblemKind, ServerInfo, StreamProblem, StreamSample, Sweep
from dashboard.core.stream_events import QUIET_S
from tests.core.samples import NOON, at, group, stream, swept
from tests.counting import calls_of

VALKEY = ServerInfo(run_id="a", product="valkey", version="9.1.2", role="master", uptime_s=5000)
BILLING = group(at(10), entries_read=10)


class Watch:
    """A noticer that is fed a reading a second."""

    def __init__(self) -> None:
        self.noticer, self.deriver = Noticer(), Deriver()
        self.now = 50.0
        self.info: ServerInfo | None = VALKEY

    def see(self, *streams: StreamSample, problems: dict[bytes, StreamProblem] | None = None) -> tuple[Mark, ...]:
        self.now += 1
        taken = msgspec.structs.replace(swept(NOON + self.now, *streams), problems=problems or {})
        return self.take(taken)

    def take(self, taken: Sweep, keys: tuple[bytes, ...] = (), insights: Insights = NOTHING_NEW) -> tuple[Mark, ...]:
        keys = keys or (*taken.streams, *taken.problems)
        tick = self.deriver.take(taken, info=self.info, memory={}, interval_s=1.0, insights=insights)
        return self.noticer.notice(taken, self.info, tick, keys=keys, now=self.now)


def kinds(marks: tuple[Mark, ...]) -> list[MarkKind]:
    return [mark.kind for mark in marks]


def orders(
    first: int, last: int, *, added: int | None = None, groups: tuple[GroupSample, ...] = (), **facts: Any
) -> Any:
    """Entries first … last, a millisecond apart."""
    known: dict[str, Any] = {"entries_added": last if added is None else added, "groups": groups} | facts
    return stream(at(first), at(last), known.pop("length", last - first + 1), **known)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(orders(1, 100), orders(1, 105), [], id="traffic"),
        pytest.param(orders(1, 100), orders(91, 100), [MarkKind.TRIM], id="trimmed"),
        pytest.param(orders(1, 1000), orders(999, 2000), [], id="no fewer than before: trimmed as it grows"),
        pytest.param(orders(1, 1090), orders(95, 1095), [], id="a node of MAXLEN ~"),
        pytest.param(orders(1, 1000), orders(21, 1000), [], id="a fiftieth"),
        pytest.param(
            orders(1, 100), orders(91, 100, max_deleted_id=at(90)), [], id="a queue whose entries are deleted when done"
        ),
        pytest.param(
            orders(1, 100),
            stream(None, None, 0, entries_added=100, last_generated_id=at(100)),
            [MarkKind.TRIM],
            id="emptied",
        ),
        pytest.param(orders(1, 100), orders(500, 503, added=4), [MarkKind.RESET], id="deleted and made anew"),
        pytest.param(orders(1, 3), orders(500, 620, added=121), [MarkKind.RESET], id="made anew and soon longer"),
        pytest.param(orders(1, 100), orders(1, 5, added=5), [MarkKind.RESET], id="ids begin anew, too"),
        pytest.param(orders(1, 100), orders(1, 100, added=5000), [MarkKind.RESET], id="its counter was set"),
        pytest.param(orders(1, 100), orders(1, 100, added=90), [MarkKind.RESET], id="its counter was set back"),
        pytest.param(
            orders(1, 100, groups=(BILLING,)), orders(500, 503, added=4), [MarkKind.RESET], id="its groups went with it"
        ),
        pytest.param(orders(1, 100), orders(1, 100, groups=(BILLING,)), [MarkKind.GROUP_CREATED], id="a group made"),
        pytest.param(
            orders(1, 100, groups=(BILLING,)), orders(1, 100), [MarkKind.GROUP_DESTROYED], id="a group removed"
        ),
        pytest.param(
            orders(1, 100, groups=(BILLING,)),
            orders(1, 100, groups=(group(at(10), name=b"audit"),)),
            [MarkKind.GROUP_CREATED, MarkKind.GROUP_DESTROYED],
            id="one removed, another made",
        ),
        pytest.param(
            orders(1, 100, groups=(BILLING,)),
            orders(1, 100, groups=(group(at(60), entries_read=60),)),
            [],
            id="a group that reads on",
        ),
        pytest.param(
            orders(1, 100, groups=(BILLING,)), orders(1, 100, groups=(group(at(4)),)), [MarkKind.REWOUND], id="set back"
        ),
        pytest.param(
            orders(1, 100, groups=(BILLING,)),
            orders(81, 100, groups=(BILLING,)),
            [MarkKind.TRIM, MarkKind.LOSS],
            id="trimmed past a group",
        ),
        pytest.param(
            orders(1, 100, groups=(group(at(90), entries_read=90),)),
            orders(81, 100, groups=(group(at(90), entries_read=90),)),
            [MarkKind.TRIM],
            id="trimmed behind a group",
        ),
    ],
)
def test_what_happened_between_two_samples_is_noticed(
    before: StreamSample, after: StreamSample, expected: list[MarkKind]
) -> None:
    watch = Watch()

    assert watch.see(before) == ()
    assert kinds(watch.see(after)) == expected
    assert watch.see(after) == ()


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param(orders(1, 100), orders(91, 100), "90 entries trimmed; 10 left.", id="trimmed"),
        pytest.param(orders(1, 1000), orders(996, 1005), "995 entries trimmed; 10 left.", id="while others were added"),
        pytest.param(
            orders(1, 100, groups=(BILLING, group(at(1), name=b"g\xff"))),
            orders(500, 503, added=4),
            "The stream was made anew: 100 entries before, 4 now. Its 2 groups went with it.",
            id="made anew",
        ),
        pytest.param(
            orders(1, 100, groups=(BILLING,)),
            orders(1, 100, groups=(group(at(4)),)),
            f"billing was set back from {at(10)} to {at(4)}: what lies between is delivered again.",
            id="set back",
        ),
        pytest.param(
            orders(1, 9),
            orders(1, 9, groups=tuple(group(name=b"g%d" % number) for number in range(5))),
            "Groups created: g0, g1, g2 and 2 more.",
            id="many groups",
        ),
        pytest.param(
            orders(1, 9), orders(1, 9, groups=(group(name=b"g\xff"),)), "Group created: g\\xff.", id="a name of bytes"
        ),
    ],
)
def test_it_is_told_in_a_sentence(before: StreamSample, after: StreamSample, text: str) -> None:
    watch = Watch()
    watch.see(before)

    [mark] = watch.see(after)

    assert (mark.text, mark.key) == (text, b"orders")


def test_on_redis_6_2_which_counts_nothing_a_floor_is_told() -> None:
    def old(first: int, last: int) -> StreamSample:
        return stream(at(first), at(last), last - first + 1, entries_added=None, max_deleted_id=None)

    watch = Watch()
    watch.see(old(1, 1000))

    assert [mark.text for mark in watch.see(old(996, 1005))] == ["At least 990 entries trimmed or deleted; 10 left."]


def test_a_loss_names_its_group_and_how_many_entries_it_never_got() -> None:
    watch = Watch()
    watch.see(orders(1, 100, groups=(BILLING,)))

    _, loss = watch.see(orders(81, 100, groups=(BILLING,)))

    assert (loss.group, loss.text) == (b"billing", "70 entries went before billing was given them.")


def test_a_loss_that_only_counting_proves_is_marked_though_the_stream_stands_still_by_then() -> None:
    watch = Watch()
    deleted = orders(1, 100, length=70, max_deleted_id=at(80), groups=(BILLING,))
    watch.see(orders(1, 100, groups=(group(at(10), entries_read=10, server_lag=90),)))
    assert [watch.see(deleted) for _ in range(3)] == [()] * 3

    counted = Insights(measured={(b"orders", b"billing"): Measured(deleted, at(10), 60, True)})
    [loss] = watch.take(swept(NOON + watch.now + 1, deleted), insights=counted)

    assert (loss.kind, loss.text) == (MarkKind.LOSS, "30 entries went before billing was given them.")


def test_what_goes_on_is_told_once_and_then_with_its_sum_every_ten_minutes() -> None:
    watch = Watch()
    told: list[Mark] = []
    watch.see(orders(1, 2000))
    for number, second in enumerate(range(int(QUIET_S) + 5)):
        # A job trims to 1,000 each second, and as many are added.
        last = 2000 + 1000 * number
        told += watch.see(orders(last - 999, last))
        told += watch.take(swept(NOON + watch.now + 0.5, orders(last - 999, last + 1000)))
        assert second < QUIET_S or told

    assert kinds(tuple(told)) == [MarkKind.TRIM, MarkKind.TRIM]
    assert "in 600 trims since the last mark" in told[1].text


def test_a_key_that_was_away_and_came_back_otherwise_is_made_anew_also_where_nothing_is_counted() -> None:
    gone = {b"orders": StreamProblem(b"orders", ProblemKind.VANISHED, "no such key")}
    old = {"entries_added": None, "max_deleted_id": None}
    watch = Watch()
    watch.see(stream(at(1), at(100), 100, **old))

    assert watch.see(problems=gone) == ()
    assert watch.see(problems=gone) == ()
    assert kinds(watch.see(stream(at(500), at(501), 2, **old))) == [MarkKind.RESET]


def test_a_key_that_was_renamed_and_back_is_what_it_was() -> None:
    watch = Watch()
    watch.see(orders(1, 100))
    watch.see(problems={b"orders": StreamProblem(b"orders", ProblemKind.VANISHED, "no such key")})

    assert watch.see(orders(1, 100)) == ()


@pytest.mark.parametrize(
    ("facts", "kind", "text"),
    [
        pytest.param({"run_id": "b", "uptime_s": 1}, MarkKind.RESTART, "The server was started anew", id="restarted"),
        pytest.param(
            {"run_id": "b", "uptime_s": 90_000}, MarkKind.FAILOVER, "Another server answers at this address", id="moved"
        ),
        pytest.param(
            {"role": "slave"}, MarkKind.FAILOVER, "The server became a replica; it was a master", id="demoted"
        ),
        pytest.param({"run_id": ""}, None, "", id="INFO is denied now"),
        pytest.param({"uptime_s": 5001}, None, "", id="a second later"),
    ],
)
def test_another_process_or_role_is_noticed_and_its_streams_begin_anew(
    facts: dict[str, Any], kind: MarkKind | None, text: str
) -> None:
    watch = Watch()
    watch.see(orders(1, 100))
    watch.info = msgspec.structs.replace(VALKEY, **facts)

    marks = watch.see(orders(1, 100 if kind is None else 5))

    assert kinds(marks) == ([kind] if kind else [])
    assert not marks or marks[0].text.startswith(text)


def test_a_replica_that_takes_its_masters_data_makes_no_marks_of_streams() -> None:
    watch = Watch()
    watch.info = msgspec.structs.replace(VALKEY, role="slave", link_up=False)
    watch.see(orders(1, 100))

    assert watch.see(orders(500, 503, added=4)) == ()
    watch.info = msgspec.structs.replace(VALKEY, role="slave", link_up=True)
    assert watch.see(orders(500, 503, added=4)) == ()
    assert kinds(watch.see(orders(900, 901, added=2))) == [MarkKind.RESET]


def test_a_gap_begins_where_sampling_ended_and_says_why() -> None:
    watch = Watch()
    watch.see(orders(1, 100))
    last = watch.now
    watch.noticer.failed("It did not answer within the time limit.")
    watch.noticer.failed("It refuses connections.")
    watch.now += 12

    [mark] = watch.see(orders(1, 100))

    assert (mark.kind, mark.at, mark.key) == (MarkKind.GAP, NOON + last, b"")
    assert mark.text == "Nothing was sampled for 13\u202fs: It did not answer within the time limit."


def test_a_restart_after_a_while_is_one_mark_that_tells_of_the_while() -> None:
    watch = Watch()
    watch.see(orders(1, 100))
    watch.now += 60
    watch.info = msgspec.structs.replace(VALKEY, run_id="b", uptime_s=2)

    [mark] = watch.see(orders(1, 5))

    assert (mark.kind, mark.text) == (
        MarkKind.RESTART,
        "The server was started anew (valkey 9.1.2). Nothing was sampled for 1\u202fmin 1\u202fs.",
    )


def test_an_interval_that_was_stretched_is_no_gap() -> None:
    noticer, sample = Noticer(), orders(1, 2)
    marks: list[Mark] = []
    for now, interval_s in ((0, 1.0), (1, 1.0), (5, 4.0), (9, 4.0), (13, 1.0), (14, 1.0)):
        taken = swept(NOON + now, sample)
        tick = ServerTick(at=taken.at, interval_s=interval_s, streams={})
        marks += noticer.notice(taken, VALKEY, tick, keys=[b"orders"], now=now)

    assert marks == []


def test_very_many_marks_are_a_few_and_a_count() -> None:
    def many(groups: tuple[GroupSample, ...]) -> list[StreamSample]:
        return [orders(1, 9, key=b"s%d" % number, groups=groups) for number in range(500)]

    watch = Watch()
    watch.see(*many(()))

    marks = watch.see(*many((BILLING,)))

    assert len(marks) == MOST_MARKS + 1
    assert (marks[-1].key, marks[-1].text) == (
        b"",
        "480 more things happened to streams in this second: 480 × group created.",
    )


def test_streams_to_which_nothing_happens_cost_a_look_each() -> None:
    streams = [orders(1, 9, key=b"s%d" % number, groups=(BILLING,)) for number in range(1000)]
    noticer = Noticer()

    def cost_of(count: int) -> int:
        taken = swept(NOON, *streams[:count])
        tick = ServerTick(at=NOON, interval_s=1.0, streams={})
        notice = partial(noticer.notice, taken, VALKEY, tick, keys=list(taken.streams), now=1.0)
        notice()
        return calls_of(notice)

    assert cost_of(1000) - cost_of(10) <= 990


def test_a_stream_that_is_watched_no_more_is_forgotten() -> None:
    watch = Watch()
    watch.see(orders(1, 100), orders(1, 100, key=b"other"))
    watch.see(orders(1, 100))

    assert set(watch.noticer._known) == {b"orders"}
    assert watch.see(orders(1, 100), orders(500, 501, key=b"other", added=2)) == ()


def test_every_text_is_bounded_whatever_the_names() -> None:
    name = b"\xff" * 100_000
    watch = Watch()
    watch.see(orders(1, 9))

    [mark] = watch.see(orders(1, 9, groups=tuple(group(name=name + b"%d" % n) for n in range(4))))

    assert len(mark.text) <= 500
