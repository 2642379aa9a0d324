"""Trying a receiver: how a message to it is worded, and what it answers to a test."""

import secrets
import time
from datetime import datetime

import msgspec
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied

from dashboard.core.notice import Notice
from dashboard.models import Receiver
from dashboard.models.fields import readable
from dashboard.receivers import Answer, Outcome, Rendered, TemplateProblem, Templates, beat, deliver, render
from dashboard.receivers.webhook import payload
from streams_admin.journal import note
from streams_admin.samples import test_notice

_CHANGE = "dashboard.change_receiver"


class Trial(msgspec.Struct, frozen=True):
    """What was sent, what came back, and how many seconds it took."""

    message: Rendered
    answer: Answer
    took_s: float


def send_test(*, receiver: Receiver, operator: User | AnonymousUser, url: str, now: datetime) -> Trial:
    """Sends a test at once, past routes, silences and the outbox. Raises PermissionDenied.

    It is written down before it is sent, so that one whose end nobody saw is on record, too.
    """
    person = may_change(operator)
    notice = test_notice(f"test-{secrets.token_hex(16)}", receiver.name, now, url)
    (entry,) = note([receiver], person, "Send test: sent, and no answer yet.")
    began = time.monotonic()
    answer = _sent(receiver, notice)
    entry.change_message = f"Send test: {answer.outcome}. {answer.detail}"
    entry.save(update_fields=["change_message"])
    return Trial(worded_anyway(receiver.kind, notice, templates_of(receiver)), answer, time.monotonic() - began)


def make_secret(*, receiver: Receiver, operator: User | AnonymousUser) -> str:
    """A new signing secret of the receiver's, in place of the one it had. Raises PermissionDenied."""
    person = may_change(operator)
    receiver.secret = secrets.token_urlsafe(32)
    receiver.save(update_fields=["secret"])
    note([receiver], person, "A new signing secret was made.")
    return receiver.secret


def may_change(operator: User | AnonymousUser) -> User:
    """Who may change receivers; raises PermissionDenied at others."""
    if isinstance(operator, AnonymousUser) or not operator.has_perm(_CHANGE):
        raise PermissionDenied("You may not change receivers; ask an administrator.")
    return operator


def templates_of(receiver: Receiver) -> Templates:
    """A receiver's own templates."""
    return Templates(subject=receiver.subject_template, body=receiver.body_template)


def worded(kind: str, notice: Notice, templates: Templates) -> Rendered:
    """The notice as a receiver of that kind is told it; raises TemplateProblem."""
    if kind == Receiver.Kind.HEARTBEAT:
        return Rendered("", "GET")
    if kind in (Receiver.Kind.WEBHOOK, Receiver.Kind.ALERTMANAGER):
        said = payload(notice)
        return Rendered("", _json(said if kind == Receiver.Kind.WEBHOOK else said["alerts"]))
    return render(notice, templates)


def worded_anyway(kind: str, notice: Notice, templates: Templates) -> Rendered:
    """The same, in our own words where a template fails."""
    try:
        return worded(kind, notice, templates)
    except TemplateProblem as problem:
        ours = worded(kind, notice, Templates())
        return Rendered(ours.subject, ours.body, str(problem))


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def _sent(receiver: Receiver, notice: Notice) -> Answer:
    networks = receiver.allowed_networks.splitlines()
    if receiver.kind == Receiver.Kind.HEARTBEAT:
        return beat(readable(receiver.address), allowed_networks=networks)
    return deliver(
        receiver.kind,
        readable(receiver.address),
        readable(receiver.secret),
        notice=notice,
        templates=templates_of(receiver),
        allowed_networks=networks,
    )


LEVELS = {Outcome.DELIVERED: "ok", Outcome.AGAIN: "warning", Outcome.NEVER: "critical"}
