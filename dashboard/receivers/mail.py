"""Email, by Django: the server is the installation's own, from its settings."""

import hashlib
import html
import smtplib
import threading
import time
from collections.abc import Sequence
from email.utils import parseaddr

import msgspec
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from dashboard.core.notice import Notice
from dashboard.receivers.answers import Answer, Outcome, again, delivered, mark_of, never
from dashboard.receivers.templates import Rendered

TIMEOUT_S = 10  # for one word of the mail server
ALL_S = 30.0  # for all messages: well within the time that a notifier has for a notification
# What says that the server takes nothing from us at all: whoever mends that gets the message.
_SHUT = (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError)


def send(addresses: Sequence[str], notice: Notice, rendered: Rendered, *, limit_s: float = ALL_S) -> Answer:
    """One message to each address, so that one that is refused keeps none from the others."""
    answers: list[Answer] = []  # so far, also where the time ends before the last
    ends_at = time.monotonic() + limit_s

    def send_all() -> None:
        in_time = (address.strip() for address in addresses if time.monotonic() < ends_at)
        answers.extend(_send(address, notice, rendered) for address in in_time)

    # smtplib limits single reads alone, and a byte now and then is one: so it works in a thread that may be left behind.
    thread = threading.Thread(target=send_all, daemon=True)
    thread.start()
    thread.join(limit_s)
    so_far = list(answers)
    told = [mark_of(line) for line, answer in zip(addresses, so_far, strict=False) if _arrived(answer)]
    in_time = len(so_far) == len(addresses)
    answer = _sum(so_far) if in_time else again("The mail server did not answer in time.")
    return msgspec.structs.replace(answer, told=tuple(told))


def _arrived(answer: Answer) -> bool:
    return answer.outcome is Outcome.DELIVERED


def _sum(answers: Sequence[Answer]) -> Answer:
    refused = [answer for answer in answers if not _arrived(answer)]
    if later := next((answer for answer in refused if answer.outcome is Outcome.AGAIN), None):
        return later
    if len(refused) == len(answers):
        return refused[0]
    others = "".join(f" {answer.detail}" for answer in refused)
    return delivered(f"The mail server took {len(answers) - len(refused)} of {len(answers)} messages.{others}")


def _send(address: str, notice: Notice, rendered: Rendered) -> Answer:
    message = EmailMultiAlternatives(
        rendered.subject,
        rendered.body,
        to=[address],
        headers={"Message-ID": message_id(notice.key, address), "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=TIMEOUT_S),
    )
    message.attach_alternative(f"<pre>{html.escape(rendered.body)}</pre>", "text/html")
    try:
        _put(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, _ = next(iter(error.recipients.values()))
        return _refused(
            code, f"The mail server refuses a mailbox at {parseaddr(address)[1].rpartition('@')[2]} ({code})."
        )
    except _SHUT as error:
        return again(f"The mail server does not let us in ({error.smtp_code}).", error.smtp_code)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, f"The mail server refuses the message ({error.smtp_code}).")
    except (smtplib.SMTPException, OSError) as error:
        late = isinstance(error, TimeoutError)
        return again(f"The mail server {'did not answer in time' if late else 'cannot be reached'}.")
    except ValueError:
        return never("An email address cannot be one.")
    return delivered("The mail server took the message.")


def _put(message: EmailMultiAlternatives) -> None:
    try:
        message.send()
    finally:
        if message.connection:
            message.connection.close()  # Django leaves one open that refused our password


def message_id(key: str, address: str) -> str:
    """The same at each try, so that a mailbox shows a message once."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "streamgauge.invalid"
    return f"<{key}.{hashlib.sha256(address.encode()).hexdigest()[:16]}@{host}>"


def _refused(code: int, detail: str) -> Answer:
    # 4xx says "later" in SMTP, 5xx "never".
    return never(detail, code) if code >= 500 else again(detail, code)
