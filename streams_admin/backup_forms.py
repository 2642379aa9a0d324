"""Where a backup is to be restored to."""

from typing import Any

from django import forms

from dashboard.core import names
from dashboard.models import Server, Stream
from streams_admin.backup.model import Backup
from streams_admin.forms import Marked


class RestoreForm(Marked):
    """A server, and a key: that of the backup, or another one."""

    server = forms.ModelChoiceField(label="Server", queryset=Server.objects.order_by("name"), empty_label=None)
    key = forms.CharField(
        label="Key",
        strip=False,
        max_length=1000,
        help_text="That of the backup; any other makes a copy. As it is shown: \\xff stands for a byte that is no text.",
    )

    def __init__(self, *args: Any, backup: Backup, **kwargs: Any) -> None:
        here = Server.objects.filter(name=backup.server_name).first()
        kwargs["initial"] = {"server": here, "key": backup.display_key, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def stream(self) -> Stream:
        """The place in the registry. A key that nobody has heard of is not watched before something is there."""
        server, key = self.cleaned_data["server"], names.from_display(self.cleaned_data["key"])
        found, _ = Stream.objects.get_or_create(
            server=server, key_digest=names.digest(key), defaults={"key": key, "watched": False}
        )
        return found
