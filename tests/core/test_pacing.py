"""Quiet streams take turns, and are back at every sweep as soon as something happened to them."""

from dashboard.core.pacing import Choice, Pacer

KEYS = [b"s:%d" % number for number in range(12)]


def known(at: float = 0.0) -> Pacer:
    """A pacer that has seen all streams change at that time."""
    pacer = Pacer()
    pacer.note(at, KEYS, ())
    return pacer


def choose(pacer: Pacer, every: int = 4) -> Choice:
    return pacer.choose(KEYS, quiet_every=every, interval_s=1.0)


def test_at_full_pace_every_stream_is_read() -> None:
    pacer = known()
    pacer.note(1000.0, (), ())

    assert choose(pacer, every=1) == Choice(tuple(KEYS))


def test_nothing_is_quiet_within_its_first_minute() -> None:
    pacer = known(at=0.0)
    pacer.note(59.9, (), ())

    assert choose(pacer).held == ()


def test_quiet_streams_take_turns_in_equal_shares() -> None:
    pacer = known()
    pacer.note(60.0, (), ())

    choices = [choose(pacer) for _ in range(4)]

    assert [len(choice.keys) for choice in choices] == [3, 3, 3, 3]
    assert sorted(key for choice in choices for key in choice.keys) == sorted(KEYS)
    assert all(sorted(choice.keys + choice.held) == sorted(KEYS) for choice in choices)
    assert choices[0].paced == dict.fromkeys(KEYS, 4.0)


def test_a_stream_to_which_something_happened_is_read_at_every_sweep_again() -> None:
    pacer = known()
    pacer.note(100.0, [KEYS[5]], ())

    choices = [choose(pacer) for _ in range(4)]

    assert all(KEYS[5] in choice.keys and KEYS[5] not in choice.paced for choice in choices)


def test_a_new_stream_and_one_that_could_not_be_read_are_read_at_every_sweep() -> None:
    pacer = known()
    pacer.note(100.0, (), [KEYS[0]])

    choices = [pacer.choose([*KEYS, b"new"], quiet_every=16, interval_s=1.0) for _ in range(3)]

    assert all({KEYS[0], b"new"} <= set(choice.keys) for choice in choices)


def test_a_clock_that_was_set_back_makes_nothing_quiet() -> None:
    pacer = known(at=1000.0)
    pacer.note(10.0, (), ())

    assert choose(pacer).held == ()


def test_quiet_streams_are_counted_without_those_that_are_gone() -> None:
    pacer = known()
    pacer.note(100.0, (), ())
    pacer.choose(KEYS[:7], quiet_every=1, interval_s=1.0)

    assert pacer.quiet() == 7
