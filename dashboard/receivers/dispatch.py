"""One way to tell anybody anything: by the receiver's kind. Nothing here raises; every end is an answer, in words."""

import logging
from collections.abc import Collection, Sequence
from email.utils import getaddresses

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dashboard.core.notice import Notice
from dashboard.receivers import alertmanager, chat, mail, texts, webhook
from dashboard.receivers.answers import Answer, again, delivered, mark_of, never, of_http
from dashboard.receivers.exchange import exchange, parse
from dashboard.receivers.networks import Network, Refused, Unreachable, parse_networks
from dashboard.receivers.templates import Rendered, Templates, render_anyway

logger = logging.getLogger(__name__)

KINDS = ("email", "webhook", "apprise", "alertmanager", "heartbeat")
BEAT_TIMEOUT_S = 5.0


def deliver(
    kind: str,
    address: str,
    secret: str,
    *,
    notice: Notice,
    templates: Templates,
    allowed_networks: Sequence[str] = (),
    told: Collection[str] = (),
) -> Answer:
    """What came of telling the notice to the addresses, one a line; `told`: the marks of those that have it already."""
    if problem := _shape_problem(kind, address):
        return never(problem)
    try:
        allowed = _networks(allowed_networks)
    except ValueError as error:
        return never(str(error))
    try:
        lines = [line for line in lines_of(address) if mark_of(line) not in told]
        if not lines:
            return delivered("Every address has it already.")
        return _deliver(kind, lines, secret, notice, render_anyway(notice, templates), allowed)
    except Exception as error:
        return _ours(kind, error)


def _deliver(
    kind: str, lines: list[str], secret: str, notice: Notice, rendered: Rendered, allowed: Sequence[Network]
) -> Answer:
    if kind == "email":
        return mail.send(lines, notice, rendered)
    if kind == "heartbeat":
        return never("A heartbeat's address is told of no alert.")
    if kind == "apprise":
        open_ones = [alert for alert in notice.alerts if alert.change.value != "resolved"]
        return chat.send(lines, rendered, texts.gravest(open_ones), allowed)
    if kind == "alertmanager":
        return alertmanager.send(lines, notice, allowed)
    return webhook.send(lines[0], secret, notice, allowed)


def beat(address: str, *, allowed_networks: Sequence[str] = ()) -> Answer:
    """What came of one ping of a heartbeat's address."""
    if problem := _shape_problem("heartbeat", address):
        return never(problem)
    try:
        allowed = _networks(allowed_networks)
    except ValueError as error:
        return never(str(error))
    try:
        response = exchange("GET", lines_of(address)[0], allowed=allowed, timeout_s=BEAT_TIMEOUT_S)
    except Refused as refusal:
        return never(str(refusal))
    except Unreachable as unreachable:
        return again(str(unreachable))
    except Exception as error:
        return _ours("heartbeat", error)
    return of_http(response.status, response.host, response.retry_after)


def _ours(kind: str, error: Exception) -> Answer:
    """An error of ours, on one message: the others go on. Its text may hold the address, so its kind is all we tell."""
    logger.error("A message to a receiver of kind %s failed: %s", kind, type(error).__name__)
    return again(f"An error in Streamgauge itself ({type(error).__name__}).")


def _networks(own: Sequence[str]) -> tuple[Network, ...]:
    return parse_networks([*own, *settings.NOTIFY_NETWORKS])


def lines_of(address: str) -> list[str]:
    """The addresses, one a line."""
    return [line.strip() for line in address.splitlines() if line.strip()]


def problem_of(kind: str, address: str, secret: str = "") -> str:
    """What is wrong with a receiver's address, in a sentence that doesn't repeat it; empty where nothing is.

    For a form: with apprise it takes about a second, for a process of its own reads the address.
    """
    if problem := _shape_problem(kind, address):
        return problem
    return chat.unread_problem(lines_of(address)) if kind == "apprise" else ""


def _shape_problem(kind: str, address: str) -> str:
    lines = lines_of(address)
    if kind not in KINDS:
        return f"“{kind}” is no kind of receiver; it can be one of {', '.join(KINDS)}."
    if not lines:
        return "Give an address."
    if kind in ("webhook", "heartbeat") and len(lines) > 1:
        return "Give one address: for several, make several receivers."
    return next(filter(None, (_problem(kind, line) for line in lines)), "")


def _problem(kind: str, line: str) -> str:
    if kind == "email":
        return _mailbox_problem(line)
    if kind == "apprise":
        return chat.problem_of(line)
    try:
        parse(line)
    except Refused as refusal:
        return str(refusal)
    return ""


def _mailbox_problem(line: str) -> str:
    found = getaddresses([line])
    if len(found) != 1:
        return "Give one email address a line."
    try:
        validate_email(found[0][1])
    except ValidationError:
        return "An email address is missing its name or host, or has a sign that none can have."
    return ""
