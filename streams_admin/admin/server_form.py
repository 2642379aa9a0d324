"""The registration of a server, as an administrator fills it in. Secrets go in and never come out."""

from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from dashboard.core import certificates
from dashboard.core.target import Tls, parse_address
from dashboard.models import Server
from dashboard.models.fields import Unreadable, readable
from streams_admin.admin.patterns import patterns_of


class Secret(NamedTuple):
    """A secret of a server: what it is called, and whom removing it is for."""

    name: str
    label: str
    removed_for: str

    @property
    def new(self) -> str:
        """The form's field that takes another one."""
        return f"new_{self.name}"

    @property
    def clear(self) -> str:
        """The form's field that removes the stored one."""
        return f"clear_{self.name}"

    def state_of(self, server: Server) -> str:
        """Whether one is stored; never which."""
        stored = getattr(server, self.name)
        if isinstance(stored, Unreadable):
            return "One is stored, but CREDENTIALS_KEY is not the key that it was encrypted with: give it again."
        return "One is stored; leave this empty to keep it." if stored else "None is stored."


PASSWORD = Secret("password", "Password", "For a server that asks for none.")
ACTING_PASSWORD = Secret("acting_password", "Password", "For actions by a user that has none.")
SENTINEL_PASSWORD = Secret("sentinel_password", "Password", "For Sentinels that ask for none.")
TLS_KEY = Secret("tls_key", "Client key", "For a server that asks for no client certificate.")
SECRETS = (PASSWORD, ACTING_PASSWORD, SENTINEL_PASSWORD, TLS_KEY)


class Unshown(forms.Textarea):
    """A text of many lines that goes in and is never rendered, not even where its form is refused."""

    def format_value(self, value: Any) -> None:
        return None


class _Pem(forms.CharField):
    """A text whose lines end as they are stored: browsers send others, which would look like a change."""

    def to_python(self, value: Any) -> Any:
        return str(super().to_python(value)).replace("\r\n", "\n")


def _password() -> forms.CharField:
    typed = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
    return forms.CharField(label="Password", required=False, strip=False, widget=typed)


def _removal(secret: Secret) -> forms.BooleanField:
    label = f"Remove the stored {secret.label.lower()}"
    return forms.BooleanField(label=label, required=False, help_text=secret.removed_for)


def text_box(rows: int) -> dict[str, Any]:
    return {"rows": rows, "cols": 60, "spellcheck": "false"}


class ServerForm(forms.ModelForm):  # type: ignore[type-arg]
    """A server's registration. The topology is told by the address."""

    new_password = _password()
    clear_password = _removal(PASSWORD)
    new_acting_password = _password()
    clear_acting_password = _removal(ACTING_PASSWORD)
    new_sentinel_password = _password()
    clear_sentinel_password = _removal(SENTINEL_PASSWORD)
    new_tls_key = _Pem(label="Client key", required=False, widget=Unshown(attrs=text_box(4)))
    clear_tls_key = _removal(TLS_KEY)

    class Meta:
        model = Server
        exclude = ("topology", *(secret.name for secret in SECRETS))
        field_classes = {"tls_ca": _Pem, "tls_certificate": _Pem}  # noqa: RUF012
        widgets = {  # noqa: RUF012
            "address": forms.TextInput(attrs={"class": "vLargeTextField", "spellcheck": "false"}),
            "tls_ca": forms.Textarea(attrs=text_box(4)),
            "tls_certificate": forms.Textarea(attrs=text_box(4)),
            "include": forms.Textarea(attrs=text_box(3)),
            "exclude": forms.Textarea(attrs=text_box(3)),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for secret in SECRETS:
            if secret.new in self.fields:
                kept = f"{secret.state_of(self.instance)} It is encrypted and never shown again."
                self.fields[secret.new].help_text = kept

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            plain = parse_address(address).address
        except ValueError as error:
            raise ValidationError(str(error)) from None
        same = Server.objects.filter(address=plain).exclude(pk=self.instance.pk).first()
        if same:
            raise ValidationError(f"This server is registered already, as {same}.")
        return address

    def clean_include(self) -> str:
        return patterns_of(self.cleaned_data["include"])

    def clean_exclude(self) -> str:
        return patterns_of(self.cleaned_data["exclude"])

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        for secret in SECRETS:
            self._take(secret)
        self._judge_tls()
        return data

    def _take(self, secret: Secret) -> None:
        new, clear = self.cleaned_data.get(secret.new, ""), self.cleaned_data.get(secret.clear, False)
        if new and clear:
            self.add_error(
                secret.clear, f"Either give a new {secret.label.lower()} or remove the stored one, not both."
            )
        if new or clear:
            setattr(self.instance, secret.name, new)

    def _judge_tls(self) -> None:
        """Only where something of it changed: a certificate that expired since must not keep anybody from switching off."""
        fields = {"ca": "tls_ca", "certificate": "tls_certificate", "key": TLS_KEY.new}
        if not {"address", TLS_KEY.clear, *fields.values()} & set(self.changed_data) or "address" in self.errors:
            return
        tls = Tls(
            ca=self.cleaned_data["tls_ca"],
            certificate=self.cleaned_data["tls_certificate"],
            key=readable(self.instance.tls_key),
        )
        secure = parse_address(self.cleaned_data["address"]).secure
        for name, problem in certificates.problems(tls, secure=secure, now=timezone.now()).items():
            self.add_error(fields[name], problem)
