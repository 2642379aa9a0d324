"""Inhibitions in the admin: which alerts are not told of while a graver one explains them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core.matchers import parse
from dashboard.core.muting import Inhibitor
from dashboard.forms.matchers import MatchersField, matcher_told
from dashboard.models import Inhibition
from streams_admin.admin.label_names import LabelNamesField
from streams_admin.admin.previewed import PreviewedAdmin
from streams_admin.sections import Section, matched, muted


class InhibitionForm(forms.ModelForm):  # type: ignore[type-arg]
    """An inhibition, whose both sides say something."""

    sources = MatchersField(
        label="While an alert is open that these fit", help_text="For example metric is server_unreachable_s."
    )
    targets = MatchersField(label="Do not tell of alerts that these fit")
    equal = LabelNamesField(
        label="With the same",
        required=False,
        help_text="Labels that both alerts must share, for example server. None: any source mutes every target.",
    )

    class Meta:
        model = Inhibition
        fields = ("name", "enabled", "sources", "targets", "equal")


@admin.register(Inhibition)
class InhibitionAdmin(PreviewedAdmin):
    """Inhibitions."""

    form = InhibitionForm
    previewed = ("sources", "targets", "equal")
    list_display = ("name", "shown_sources", "shown_targets", "shown_equal", "enabled")
    list_filter = ("enabled",)
    search_fields = ("name",)
    search_help_text = "Name"
    fieldsets = ((None, {"fields": ("name", "enabled", "sources", "targets", "equal")}),)

    def sections(self, values: Mapping[str, Any], request: HttpRequest) -> list[Section]:
        sources, targets = (read(values.get(name, ())) for name in ("sources", "targets"))
        found = []
        if sources:
            found.append(matched(_("Open alerts that mute"), sources))
        if targets:
            found.append(matched(_("Open alerts that may be muted"), targets))
        if sources and targets and "equal" in values:
            found.append(muted(Inhibitor(0, "", sources, targets, tuple(values["equal"]))))
        return found

    @admin.display(description=gettext_lazy("while open"))
    def shown_sources(self, inhibition: Inhibition) -> str:
        """What mutes."""
        return matchers_in_words(inhibition.sources)

    @admin.display(description=gettext_lazy("does not tell of"))
    def shown_targets(self, inhibition: Inhibition) -> str:
        """What is muted."""
        return matchers_in_words(inhibition.targets)

    @admin.display(description=gettext_lazy("with the same"))
    def shown_equal(self, inhibition: Inhibition) -> str:
        """What both share."""
        return ", ".join(map(str, inhibition.equal)) or "–"


def read(rows: Any) -> Any:
    """Stored matchers; none where they were written past every check."""
    try:
        return parse(rows)
    except ValueError:
        return ()


def matchers_in_words(rows: Any) -> str:
    """Stored matchers, in a line."""
    return ", ".join(map(matcher_told, read(rows))) or "–"
