"""Silencing: what a silence would mute, and making, ending and moving it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from dashboard.core.matchers import Matcher, Op
from dashboard.models import Alert, Server, Silence
from dashboard.services.silencing import end_silence, is_everything, make_silence, matchers_for, move_end, preview

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAYMENTS = (Matcher("stream", Op.IS, "payments"),)


def _alert(stream: str, severity: str = "warning", **fields: object) -> Alert:
    server, _ = Server.objects.get_or_create(name="shop", address="redis://127.0.0.1:6379/0")
    facts: dict[str, object] = {
        "title": f"lag on {stream}",
        "metric": "lag",
        "limit": 100,
        "opened_at": NOON,
        "labels": {"stream": stream, "server": "shop", "severity": "notice"},
        "subject_digest": f"{stream} {Alert.objects.count()}",
    }
    return Alert.objects.create(server=server, severity=severity, **{**facts, **fields})


def _silence(author: User, starts_at: datetime = NOON, ends_at: datetime = NOON + HOUR) -> Silence:
    return make_silence(
        matchers=PAYMENTS, starts_at=starts_at, ends_at=ends_at, reason=" rollout ", author=author, now=NOON
    )


@pytest.mark.django_db
def test_a_preview_tells_what_would_be_muted_gravest_first() -> None:
    _alert("payments")
    _alert("payments", "critical")
    _alert("orders")
    _alert("payments", resolved_at=NOON)
    _alert("payments", metric="watchdog")

    seen = preview(PAYMENTS)

    assert (seen.muted, seen.open, seen.more, seen.fits_everything) == (2, 3, 0, False)
    assert [alert.severity for alert in seen.alerts] == ["critical", "warning"]
    assert preview([Matcher("severity", Op.IS, "critical")]).muted == 1  # as it is now, not as it opened
    assert preview([]).muted == 0


@pytest.mark.parametrize(
    ("matchers", "everything"),
    [
        ([Matcher("server", Op.LIKE, "*"), Matcher("stream", Op.LIKE, "**")], True),
        ([Matcher("server", Op.LIKE, "*"), Matcher("stream", Op.IS, "a")], False),
        ([Matcher("server", Op.LIKE, "shop*")], False),
        ([Matcher("server", Op.UNLIKE, "*")], False),
        ([Matcher("server", Op.LIKE, "")], False),
    ],
    ids=str,
)
def test_what_fits_every_alert_is_known(matchers: list[Matcher], everything: bool) -> None:
    assert is_everything(matchers) is everything


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([{"server": "a", "stream": "s", "severity": "critical", "team": "x"}], {"server": "a", "stream": "s"}),
        ([{"server": "a", "stream": "s"}, {"server": "a", "stream": "t"}], {"server": "a"}),
        ([{"server": "a"}, {"server": "b"}], {}),
        ([{"threshold": "lag", "server": "a"}, {"server": "a"}], {"server": "a"}),
        ([], {}),
    ],
    ids=["one", "a server's", "nothing in common", "one without", "none"],
)
def test_alerts_suggest_matchers_of_what_they_share(labels: list[dict[str, str]], expected: dict[str, str]) -> None:
    found = matchers_for(labels)

    assert {matcher.name: matcher.value for matcher in found} == expected
    assert all(matcher.fits(each) for matcher in found for each in labels)


@pytest.mark.django_db
def test_a_silence_has_matchers_a_reason_and_an_end_to_come(operator: User) -> None:
    silence = _silence(operator)

    assert (silence.author, silence.reason, silence.made_at) == (operator, "rollout", NOON)
    assert Silence.objects.active(NOON).get() == silence
    good = {"matchers": PAYMENTS, "starts_at": NOON, "ends_at": NOON + HOUR, "reason": "rollout"}
    bad: list[tuple[dict[str, object], str]] = [
        ({"matchers": ()}, "mute everything"),
        ({"reason": "  "}, "Say why"),
        ({"ends_at": NOON}, "later end"),
        ({"starts_at": NOON - 2 * HOUR, "ends_at": NOON - HOUR}, "later end"),
        ({"ends_at": NOON + timedelta(days=400)}, "longer than a year"),
    ]
    for wrong, words in bad:
        with pytest.raises(ValueError, match=words):
            make_silence(**{**good, **wrong}, author=operator, now=NOON)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_it_is_ended_once_and_stays_over(operator: User, administrator: User) -> None:
    silence, to_come = _silence(operator), _silence(operator, NOON + HOUR, NOON + 2 * HOUR)

    ended = end_silence(silence=silence, operator=administrator, now=NOON + HOUR / 2)
    again = end_silence(silence=silence, operator=operator, now=NOON + HOUR / 2)
    moved = move_end(silence=silence, ends_at=NOON + 3 * HOUR, operator=operator, now=NOON + HOUR / 2)
    end_silence(silence=to_come, operator=operator, now=NOON + HOUR / 2)

    assert ended == silence
    assert (again, moved) == (None, None)
    assert set(Silence.objects.past(NOON + HOUR / 2)) == {silence, to_come}
    assert Silence.objects.get(pk=silence.pk).ended_by == administrator


@pytest.mark.django_db
def test_its_end_is_moved(operator: User) -> None:
    silence = _silence(operator)

    move_end(silence=silence, ends_at=NOON + 5 * HOUR, operator=operator, now=NOON)

    assert Silence.objects.get().ends_at == NOON + 5 * HOUR
    with pytest.raises(ValueError, match="later end"):
        move_end(silence=silence, ends_at=NOON - HOUR, operator=operator, now=NOON)


@pytest.mark.django_db
def test_a_viewer_silences_nothing(operator: User, viewer: User) -> None:
    silence = _silence(operator)

    with pytest.raises(PermissionDenied):
        _silence(viewer)
    with pytest.raises(PermissionDenied):
        end_silence(silence=silence, operator=viewer, now=NOON)
    with pytest.raises(PermissionDenied):
        move_end(silence=silence, ends_at=NOON + 2 * HOUR, operator=viewer, now=NOON)
