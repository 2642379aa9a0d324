"""What plans and actions say."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams_admin.facts import Count, NotDone, Outcome, PendingColumns, PendingFact, encode
from streams_admin.remedies.acknowledge import AcknowledgeFacts
from streams_admin.remedies.claim import Claim, ClaimFacts
from streams_admin.wording import (
    command,
    confirmation,
    counted,
    duration,
    entries,
    quoted,
    skipped_lines,
)


def claim(count: int, owner: bytes = b"dead") -> ClaimFacts:
    facts = PendingColumns.of(PendingFact(f"{number}-1", owner, 1, 1000) for number in range(1, count + 1))
    return ClaimFacts(run_id="r", key=b"k", group=b"g", consumer=b"w-2", creates_consumer=False, entries=facts)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (b"orders:{eu}", '"orders:{eu}"'),
        (b"orders:eu", "orders:eu"),
        (b"", '""'),
        (b'a "b" \\', '"a \\"b\\" \\\\"'),
        (b"\xff\n", '"\\xff\\x0a"'),
    ],
)
def test_commands_can_be_pasted_into_redis_cli(word: bytes, shown: str) -> None:
    assert quoted(word) == shown


@given(st.binary(), st.binary())
def test_different_words_never_look_the_same(one: bytes, other: bytes) -> None:
    assert (quoted(one) == quoted(other)) == (one == other)
    assert command("XACK", one).isprintable()


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (Count(0), "0 entries"),
        (Count(1), "1 entry"),
        (Count(1200), "1\u2009200 entries"),
        (Count(1, exact=False), "at least 1 entries"),
    ],
)
def test_counts_say_whether_they_are_exact(count: Count, shown: str) -> None:
    assert entries(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (59, "59 s"), (72, "1 min 12 s"), (93_784, "1 d 2 h"), (86_400, "1 d")]
)
def test_durations_are_two_units_long(seconds: int, shown: str) -> None:
    assert duration(seconds) == shown


def test_the_button_says_the_verb_and_the_number() -> None:
    assert Claim().title(claim(120)) == "Claim 120 entries for w-2"


def test_long_lists_of_commands_end_in_a_line_that_says_so() -> None:
    lines = Claim().commands(claim(5000))

    assert len(lines) == 21
    assert lines[0] == "XCLAIM k g w-2 0 1-1 JUSTID"
    assert lines[-1] == "… and 4\u2009980 more, one an entry"


def test_a_claim_warns_of_processing_twice() -> None:
    assert Claim().risks(claim(2)) == ["If dead is still working on these entries, they will be processed twice."]


def test_why_entries_were_skipped_is_counted_by_reason_and_owner() -> None:
    outcome = Outcome(
        requested=4,
        done=1,
        skipped={"moved": 3},
        not_done=[NotDone("1-1", "moved", "{ann}"), NotDone("2-1", "moved", "bob"), NotDone("3-1", "moved", "bob")],
    )

    assert skipped_lines(outcome) == [("Owned by bob now", 2), ("Owned by {ann} now", 1)]
    assert outcome.untried == 0


@pytest.mark.parametrize(
    ("key", "typed"),
    [(b"orders", "orders"), (b"a\xff\n", "a\\xff\\n"), (b"k" * 81, "9b7b8bb5b0a9")],
    ids=["plain", "bytes", "long"],
)
def test_every_key_can_be_typed(key: bytes, typed: str) -> None:
    assert len(confirmation(key)) == len(typed)
    assert confirmation(key).isprintable()
    if len(key) <= 80:
        assert confirmation(key) == typed


names = st.binary(max_size=20)


@given(names, names, st.lists(st.tuples(names, st.integers(1, 2**40)), max_size=5))
def test_facts_survive_the_database(key: bytes, group: bytes, owners: list[tuple[bytes, int]]) -> None:
    pending = PendingColumns.of(PendingFact("1-1", owner, count, count) for owner, count in owners)
    facts = AcknowledgeFacts(run_id="r", key=key, group=group, entries=pending)

    assert msgspec.convert(encode(facts), AcknowledgeFacts) == facts


def test_counts_add_up_and_stay_honest() -> None:
    assert Count(3) + Count(4) == Count(7)
    assert counted(Count(3) + Count(4, exact=False)) == "at least 7"
