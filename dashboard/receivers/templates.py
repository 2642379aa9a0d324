"""Templates that people write for a receiver, in a sandbox: Django's own language over plain texts and nothing else.

There are no objects to reach through, no files to include and no tag that computes; loops share a budget. So a template
can say what a message says, and neither find out, nor hold up, anything else.
"""

from typing import Any, ClassVar

import msgspec
from django.template import Context, Engine, TemplateSyntaxError
from django.template.base import Template

from dashboard.core.notice import Notice, NoticeAlert
from dashboard.receivers import texts
from dashboard.receivers.sandbox_tags import BUDGET, LONGEST_TEXT, Budget, TooMuch, put_on_budget

LONGEST_TEMPLATE = 10_000
LONGEST_SUBJECT = 250


class TemplateProblem(Exception):
    """What is wrong with a template, in a sentence, with its line where that is known."""


class Templates(msgspec.Struct, frozen=True):
    """A receiver's own templates; empty: ours."""

    subject: str = ""
    body: str = ""


class Rendered(msgspec.Struct, frozen=True):
    """A message in words. `problem` says why a template was not used, and is empty where all went well."""

    subject: str
    body: str
    problem: str = ""


class _Sandbox(Engine):
    default_builtins: ClassVar[list[str]] = ["dashboard.receivers.sandbox_tags"]


# A name that means nothing stays visible, so that a preview shows what was mistyped.
_SANDBOX = _Sandbox(autoescape=False, string_if_invalid="‹%s?›", debug=True)


def render(notice: Notice, templates: Templates) -> Rendered:
    """The notice in the templates' words; raises TemplateProblem."""
    subject = _render(templates.subject, notice, "subject") if templates.subject else texts.subject_of(notice)
    body = _render(templates.body, notice, "body") if templates.body else texts.body_of(notice)
    return Rendered(one_line(subject), body[:LONGEST_TEXT])


def render_anyway(notice: Notice, templates: Templates) -> Rendered:
    """The same, in our own words where a template fails: an alert that nobody hears of is worse than one told plainly."""
    try:
        return render(notice, templates)
    except TemplateProblem as problem:
        ours = render(notice, Templates())
        said = f"(This receiver's template failed, so these are Streamgauge's own words: {problem})"
        return Rendered(ours.subject, f"{ours.body}\n{said}\n", str(problem))


def one_line(text: str) -> str:
    """A subject: no line ends, no room for another header."""
    return " ".join(text.split())[:LONGEST_SUBJECT]


def _render(source: str, notice: Notice, what: str) -> str:
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateProblem(f"The {what} template is longer than {LONGEST_TEMPLATE} characters.")
    try:
        template = Template(source, engine=_SANDBOX)
        put_on_budget(template.nodelist)
        return template.render(Context(data_of(notice) | {BUDGET: Budget()}, autoescape=False))
    except TooMuch as error:
        raise TemplateProblem(f"The {what} template goes on for too long. {error}") from None
    except Exception as error:
        # Whatever a stranger's template comes upon is the template's, and is told to who wrote it.
        said = str(error) if isinstance(error, TemplateSyntaxError) else f"{type(error).__name__}: {error}"
        line = getattr(error, "template_debug", {}).get("line")
        where = f", line {line}" if line else ""
        raise TemplateProblem(f"The {what} template cannot be used{where}: {said[:300]}") from None


def data_of(notice: Notice) -> dict[str, Any]:
    """What a template can name: texts, numbers, and lists and dictionaries of them."""
    alerts = [_alert(alert) for alert in notice.alerts]
    open_ones = [alert for alert in notice.alerts if alert.change.value != "resolved"]
    return {
        "kind": notice.kind.value,
        "status": "resolved" if notice.is_resolved else "open",
        "severity": texts.gravest(open_ones),
        "receiver": notice.receiver,
        "route": notice.route,
        "group": dict(notice.group),
        "alerts": alerts,
        "open": [alert for alert in alerts if alert["change"] != "resolved"],
        "resolved": [alert for alert in alerts if alert["change"] == "resolved"],
        "left_out": notice.left_out,
        "url": notice.url,
        "our_subject": texts.subject_of(notice),
        "our_body": texts.body_of(notice),
    }


def _alert(alert: NoticeAlert) -> dict[str, Any]:
    plain = msgspec.structs.asdict(alert)
    opened, resolved = texts.moment(alert.opened_at), texts.moment(alert.resolved_at) if alert.resolved_at else ""
    return plain | {
        "change": alert.change.value,
        "labels": dict(alert.labels),
        "opened_at": opened,
        "resolved_at": resolved,
    }
