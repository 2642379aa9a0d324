"""A receiver, as an administrator fills it in. Addresses and secrets go in and never come out."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from dashboard.models import Receiver
from dashboard.models.fields import Unreadable, readable
from dashboard.receivers import TemplateProblem, Templates, problem_of, render
from dashboard.receivers.networks import parse_networks
from dashboard.told import told
from streams_admin.admin.server_form import Unshown, text_box
from streams_admin.hints import hint_of
from streams_admin.samples import SAMPLES, sample

#: By field: the kinds that it means something to. Scripts hide the others' (ui/receiver-form.js); without them help says so.
KINDS = {
    "new_secret": ("webhook",),
    "clear_secret": ("webhook",),
    "allowed_networks": ("webhook", "apprise", "alertmanager", "heartbeat"),
    "subject_template": ("email", "apprise"),
    "body_template": ("email", "apprise"),
    "sample": ("email", "apprise", "webhook"),
    "tells_resolved": ("email", "webhook", "apprise", "alertmanager"),
    "most_per_minute": ("email", "webhook", "apprise", "alertmanager"),
    "every_s": ("heartbeat",),
}


class _SampleField(forms.ChoiceField):
    """Which sample the preview tells of: nothing of the receiver, so choosing another one is no change."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class ReceiverForm(forms.ModelForm):  # type: ignore[type-arg]
    """A receiver. What is stored of its secrets is told by a hint at most."""

    new_address = forms.CharField(
        label="Address", required=False, max_length=10_000, widget=Unshown(attrs=text_box(3) | {"autocomplete": "off"})
    )
    new_secret = forms.CharField(
        label="Signing secret",
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    clear_secret = forms.BooleanField(label="Remove the stored signing secret", required=False)
    sample = _SampleField(label="Preview with", required=False, choices=list(SAMPLES.items()))

    class Meta:
        model = Receiver
        exclude = ("address", "secret")
        widgets = {  # noqa: RUF012
            "allowed_networks": forms.Textarea(attrs=text_box(2)),
            "subject_template": forms.Textarea(attrs=text_box(1) | {"class": "mono"}),
            "body_template": forms.Textarea(attrs=text_box(8) | {"class": "mono"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kinds in KINDS.items():
            if name in self.fields:
                self.fields[name].widget.attrs["data-kinds"] = " ".join(kinds)
        self._say("new_address", _address_help(self.instance))
        self._say("new_secret", _secret_help(self.instance))
        self._say("allowed_networks", _networks_help())
        self._say("body_template", _template_help())

    def _say(self, name: str, words: Any) -> None:
        if name in self.fields:
            self.fields[name].help_text = words

    def clean_allowed_networks(self) -> str:
        lines = self.cleaned_data["allowed_networks"].splitlines()
        try:
            return "\n".join(map(str, parse_networks(lines)))
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def clean_subject_template(self) -> str:
        return self._checked_template("subject")

    def clean_body_template(self) -> str:
        return self._checked_template("body")

    def _checked_template(self, which: str) -> str:
        template: str = self.cleaned_data[f"{which}_template"].replace("\r\n", "\n").strip()
        try:
            for name in SAMPLES:
                render(sample(name, "", timezone.now()), Templates(**{which: template}))
        except TemplateProblem as problem:
            raise ValidationError(str(problem)) from None
        return template

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        self._take_address()
        self._take_secret()
        return data

    def _take_address(self) -> None:
        if "new_address" not in self.fields:
            return
        new = self.cleaned_data.get("new_address", "").replace("\r\n", "\n").strip()
        if new:
            self.instance.address = new
        kind = self.cleaned_data.get("kind", "")
        if not kind:
            return
        if isinstance(self.instance.address, Unreadable):
            self.add_error("new_address", _unreadable())
        elif problem := problem_of(kind, self.instance.address):
            self.add_error("new_address", problem)

    def _take_secret(self) -> None:
        new, clear = self.cleaned_data.get("new_secret", ""), self.cleaned_data.get("clear_secret", False)
        if new and clear:
            self.add_error("clear_secret", _("Either give a new secret or remove the stored one, not both."))
        elif new and len(new) < _LEAST_SECRET:
            self.add_error(
                "new_secret", _("Give at least %(n)d characters, or let one be made.") % {"n": _LEAST_SECRET}
            )
        elif new or clear:
            self.instance.secret = new


_LEAST_SECRET = 16


def _unreadable() -> str:
    return _("One is stored, but CREDENTIALS_KEY is not the key that it was encrypted with: give it again.")


def stored_hint(receiver: Receiver) -> str:
    """What may be shown of a receiver's address, in words."""
    if isinstance(receiver.address, Unreadable):
        return _unreadable()
    hint = hint_of(receiver.kind, receiver.address)
    return _("Set: %(hint)s") % {"hint": hint} if hint else _("None is stored.")


def secret_state(receiver: Receiver) -> str:
    """Whether there is a secret; never which."""
    if isinstance(receiver.secret, Unreadable):
        return _unreadable()
    return _("One is stored.") if receiver.secret else _("None is stored: its messages are not signed.")


def _address_help(receiver: Receiver) -> Any:
    said = (
        ("email", _("Email addresses, one a line.")),
        ("webhook", _("One https:// or http:// address, which is sent JSON.")),
        ("apprise", _("Addresses in the form of apprise, one a line, as in slack://… or tgram://….")),
        ("alertmanager", _("The address of each Alertmanager of a cluster, one a line, without /api.")),
        ("heartbeat", _("One address, which is asked for as long as all goes well.")),
    )
    kinds = [(kind, told(str(Receiver.Kind(kind).label)), words) for kind, words in said]
    words = format_html_join(" ", '<span data-kind="{}"><noscript>{}: </noscript>{}</span>', kinds)
    if receiver.pk is None:
        return format_html("{} {}", words, _("It is encrypted and never shown again."))
    kept = _("Leave this empty to keep it. It is encrypted and never shown again.")
    return format_html("{} {} {}", stored_hint(receiver), kept, words)


def _secret_help(receiver: Receiver) -> str:
    how = _(
        "It signs messages of a webhook (HMAC-SHA256). Once the receiver is saved, “Make a signing secret” makes one for you."
    )
    if receiver.pk is None:
        return how
    kept = _("Leave this empty to keep it.") if readable(receiver.secret) else ""
    return " ".join(filter(None, (secret_state(receiver), kept, how)))


def _networks_help() -> str:
    return _(
        "Addresses in private networks and on this machine are refused, unless their network stands here: one a line, as in 10.0.0.0/8."
    )


def _template_help() -> Any:
    return format_html(
        "{} <code>{{{{ our_body }}}}</code>, <code>{{{{ severity }}}}</code>, <code>{{{{ url }}}}</code>, "
        "<code>{{% for alert in alerts %}}{{{{ alert.title }}}} {{{{ alert.labels.server }}}}{{% endfor %}}</code>",
        _("Of email and chat. Empty: ours. For example:"),
    )
