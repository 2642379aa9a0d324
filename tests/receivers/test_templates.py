"""Templates: what a message says, and what no template can do."""

import os

import pytest
from django.conf import settings

from dashboard.core.notice import Change, Notice, NoticeKind
from dashboard.receivers import TemplateProblem, Templates, render
from dashboard.receivers.sandbox_tags import Budget, TooMuch
from dashboard.receivers.templates import render_anyway
from tests.receivers.notices import a_notice, an_alert


def test_our_own_words_say_what_is_wrong_since_when_and_what_to_do() -> None:
    notice = a_notice(
        an_alert(1, note="Restart the worker."),
        an_alert(2, Change.STILL, severity="warning"),
        an_alert(3, Change.RESOLVED),
    )

    rendered = render(notice, Templates())

    assert rendered.subject == "[CRITICAL] lag of billing on payments:1 above 1 000: 4 210 (and 2 more)"
    assert rendered.body.splitlines() == [
        "CRITICAL: lag of billing on payments:1 above 1 000: 4 210",
        "  Now 4 210, limit 1 000.",
        "  Open since 2026-11-23 12:00 UTC.",
        "  Restart the worker.",
        "  Runbook: https://wiki.example.com/billing",
        "  Alert: https://gauge.example.com/alerts/1/",
        "",
        "WARNING (still open): lag of billing on payments:2 above 1 000: 4 210",
        "  Now 4 210, limit 1 000.",
        "  Open since 2026-11-23 12:00 UTC.",
        "  Runbook: https://wiki.example.com/billing",
        "  Alert: https://gauge.example.com/alerts/2/",
        "",
        "RESOLVED: lag of billing on payments:3 above 1 000: 4 210",
        "  Back to 5. It was open since 2026-11-23 12:00 UTC.",
        "",
        "All alerts: https://gauge.example.com/alerts/",
    ]


@pytest.mark.parametrize(
    ("notice", "subject"),
    [
        (a_notice(an_alert(1, Change.RESOLVED)), "[RESOLVED] lag of billing on payments:1 above 1 000: 4 210"),
        (
            a_notice(an_alert(1, severity="warning"), left_out=7),
            "[WARNING] lag of billing on payments:1 above 1 000: 4 210 (and 7 more)",
        ),
        (a_notice(kind=NoticeKind.TEST), "[test] Streamgauge can reach you"),
    ],
)
def test_a_subject_is_one_line(notice: Notice, subject: str) -> None:
    assert render(notice, Templates()).subject == subject


def test_a_template_can_say_all_that_a_message_says() -> None:
    templates = Templates(
        subject="{{ severity|upper }} {{ alerts|length }}\nand so on",
        body="{% for alert in open %}{{ alert.labels.stream }}={{ alert.value }}{% if alert.runbook %}!{% endif %};{% endfor %}"
        "{% for alert in resolved %}{{ alert.title|truncatechars:9 }}{% empty %}none{% endfor %} {{ group.server|default:'-' }}",
    )

    rendered = render(a_notice(), templates)

    assert (rendered.subject, rendered.body) == ("CRITICAL 1 and so on", "payments:1=4 210!;none shop")


def test_names_stay_as_they_are_and_a_mistyped_one_is_seen() -> None:
    notice = a_notice(an_alert(title='<b>&"{{ url }}'))

    assert (
        render(notice, Templates(body="{{ alerts.0.title }} {{ alerts.0.titel }}")).body
        == '<b>&"{{ url }} ‹alerts.0.titel?›'
    )


NESTED = "{% for a in alerts %}" * 8 + "x" + "{% endfor %}" * 8
JOINED = "{% with a=our_body|join:our_body %}{% with b=a|join:a %}{{ b|length }}{% endwith %}{% endwith %}"
SAID_AGAIN = "{% for letter in our_subject %}" + "{{ our_body }}" * 600 + "{% endfor %}"
LONG = "{% for a in alerts %}{% for b in alerts %}" + "x" * 9000 + "{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{% for alert in alerts %}", "line 1.*for"),
        ("one\ntwo {% endfor %}", "line 2"),
        ("{{ alerts|nosuch }}", "nosuch"),
        ("{{ alerts.__class__ }}", "may not begin with underscores"),
        ("{{ _budget }}", "may not begin with underscores"),
        ("{% load static %}", "load"),
        ("{% include 'base.html' %}", "include"),
        ("{% extends 'base.html' %}", "extends"),
        ("{% debug %}", "debug"),
        ("{% now 'Y' %}", "now"),
        ("{% url 'overview' %}", "url"),
        ("{{ 'x'|ljust:99999999 }}", "ljust"),
        ("{{ url|safe }}", "safe"),
        (NESTED, "goes on for too long. Its loops take more than 5000 rounds"),
        (LONG, "goes on for too long. Its text is longer than 65536"),
        (JOINED, "Its text is longer than 65536"),
        (SAID_AGAIN, "Its text is longer than 65536"),
        ("{{ our_body }}" * 600, "Its text is longer than 65536"),
        ("x" * 10_001, "longer than 10000"),
    ],
)
def test_a_template_that_loops_raises_or_reaches_out_is_told_and_the_alert_sent_all_the_same(
    body: str, words: str
) -> None:
    notice = a_notice(*(an_alert(number) for number in range(20)))

    with pytest.raises(TemplateProblem, match=words):
        render(notice, Templates(body=body))
    sent = render_anyway(notice, Templates(body=body))

    assert "payments:19" in sent.body
    assert "This receiver's template failed" in sent.body
    assert sent.problem


def test_a_loop_ends_when_its_time_is_over_though_it_says_nothing() -> None:
    with pytest.raises(TooMuch, match="takes too long"):
        Budget(seconds=-1).take_round()


def test_no_template_finds_a_secret() -> None:
    every = [
        "settings",
        "request",
        "user",
        "csrf_token",
        "environ",
        "SECRET_KEY",
        "forloop",
        "block",
        "os",
        "self",
        "alerts.0.keys.im_self",
    ]
    found = render(a_notice(), Templates(body=" ".join(f"{{{{ {name} }}}}" for name in every))).body

    assert settings.SECRET_KEY not in found
    assert not [value for value in os.environ.values() if len(value) > 12 and value in found]
