"""Email, by Django: the server is the installation's own, from its settings."""

import html
import smtplib
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from dashboard.core.notice import Notice
from dashboard.receivers.answers import Answer, Outcome, again, delivered, never
from dashboard.receivers.templates import Rendered

TIMEOUT_S = 10


def send(addresses: Sequence[str], notice: Notice, rendered: Rendered) -> Answer:
    """One message to each address, so that one that is refused keeps none from the others."""
    answers = [_send(address.strip(), notice, rendered) for address in addresses]
    refused = [answer for answer in answers if answer.outcome is not Outcome.DELIVERED]
    if later := next((answer for answer in refused if answer.outcome is Outcome.AGAIN), None):
        return later  # who has it already is sent the same Message-ID again
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
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, _ = next(iter(error.recipients.values()))
        return _refused(code, f"The mail server refuses {address} ({code}).")
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, f"The mail server refuses the message ({error.smtp_code}).")
    except (smtplib.SMTPException, OSError) as error:
        late = isinstance(error, TimeoutError)
        return again(f"The mail server {'did not answer in time' if late else 'cannot be reached'}.")
    except ValueError:
        return never(f"{address} cannot be an email address.")
    return delivered("The mail server took the message.")


def message_id(key: str, address: str) -> str:
    """The same at each try, so that a mailbox shows a message once."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "streamgauge.invalid"
    return f"<{key}.{address.encode().hex()[:24]}@{host}>"


def _refused(code: int, detail: str) -> Answer:
    # 4xx says "later" in SMTP, 5xx "never".
    return never(detail, code) if code >= 500 else again(detail, code)
