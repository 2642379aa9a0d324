"""Maintenance windows in the admin: the hours in which nobody is told, with the next times they come."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core import wording
from dashboard.core.schedule import Schedule, zone_problem
from dashboard.forms.matchers import MatchersField
from dashboard.models import MaintenanceWindow
from streams_admin.admin.inhibition import matchers_in_words, read
from streams_admin.admin.previewed import PreviewedAdmin
from streams_admin.admin.route_form import SecondsField
from streams_admin.admin.threshold.fields import DaysField
from streams_admin.sections import Item, Section, matched

_NEXT = 3
_MOST_MIN = 7 * 24 * 60
_WHEN = ("days", "begins", "lasts", "zone")


class MaintenanceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A maintenance window."""

    matchers = MatchersField(label="Alerts that all of these fit")
    days = DaysField(label=gettext_lazy("Days"), initial=127)
    lasts = SecondsField(label="Lasts", empty=0, help_text="For example 90 min or 4 h, also across midnight.")

    class Meta:
        model = MaintenanceWindow
        fields = ("name", "enabled", "reason", "matchers", "days", "begins", "zone", "first_day", "last_day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["lasts"] = self.instance.lasts_min * 60
        else:
            self.initial.setdefault("zone", timezone.get_current_timezone_name())

    def clean_days(self) -> int:
        if not self.cleaned_data["days"]:
            raise ValidationError("Tick at least one day.")
        return int(self.cleaned_data["days"])

    def clean_zone(self) -> str:
        if problem := zone_problem(self.cleaned_data["zone"]):
            raise ValidationError(problem)
        return str(self.cleaned_data["zone"])

    def clean_lasts(self) -> int:
        minutes, rest = divmod(self.cleaned_data["lasts"], 60)
        if rest or not 1 <= minutes <= _MOST_MIN:
            raise ValidationError("Give whole minutes, from 1 min to 7 d.")
        self.instance.lasts_min = minutes
        return int(minutes * 60)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first one.")
        return data


@admin.register(MaintenanceWindow)
class MaintenanceAdmin(PreviewedAdmin):
    """Maintenance windows."""

    form = MaintenanceForm
    previewed = (*_WHEN, "first_day", "last_day", "matchers")
    list_display = ("name", "shown_matchers", "shown_hours", "next_time", "enabled")
    list_filter = ("enabled",)
    search_fields = ("name", "reason")
    search_help_text = "Name or reason"
    fieldsets = (
        (None, {"fields": ("name", "enabled", "reason")}),
        ("What is not told of", {"fields": ("matchers",)}),
        ("When", {"fields": ("days", ("begins", "lasts", "zone"), ("first_day", "last_day"))}),
    )

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("css/threshold.css",)}

    def get_readonly_fields(self, request: HttpRequest, obj: MaintenanceWindow | None = None) -> Any:
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return () if may else ("shown_hours",)

    def get_fieldsets(self, request: HttpRequest, obj: MaintenanceWindow | None = None) -> Any:
        if not self.get_readonly_fields(request, obj):
            return self.fieldsets
        return [*self.fieldsets[:2], ("When", {"fields": ("shown_hours", ("first_day", "last_day"))})]

    def sections(self, values: Mapping[str, Any], request: HttpRequest) -> list[Section]:
        found = []
        if schedule := _schedule(values):
            found.append(Section(_("The next times"), items=tuple(_times(schedule, timezone.now()))))
            if not found[0].items:
                found = [Section(_("The next times"), _("It never comes again."), "warning")]
        if values.get("matchers"):
            found.append(matched(_("Open alerts that it fits"), read(values["matchers"])))
        return found

    def _saved(self, form: Any, original: Any) -> dict[str, Any]:
        values = super()._saved(form, original)
        return values | {"lasts": original.lasts_min * 60} if original else values

    @admin.display(description=gettext_lazy("does not tell of"))
    def shown_matchers(self, window: MaintenanceWindow) -> str:
        """What it mutes."""
        return matchers_in_words(window.matchers)

    @admin.display(description=gettext_lazy("hours"))
    def shown_hours(self, window: MaintenanceWindow) -> str:
        """When it begins, how long it lasts, and by whose clocks."""
        return f"{window.begins:%H:%M} + {wording.duration(window.lasts_min * 60)}, {window.zone}"

    @admin.display(description=gettext_lazy("next time"))
    def next_time(self, window: MaintenanceWindow) -> str:
        """The next time that it comes, or that it is now."""
        schedule = _schedule({name: getattr(window, name) for name in _COLUMNS} | {"lasts": window.lasts_min * 60})
        item = next(_times(schedule, timezone.now()), None) if schedule else None
        return f"{item.word} {item.text}".strip() if item else "–"


_COLUMNS = ("days", "begins", "zone", "first_day", "last_day")


def _schedule(values: Mapping[str, Any]) -> Schedule | None:
    """The schedule; None while something of it is missing or wrong."""
    if not all(values.get(name) for name in _WHEN) or zone_problem(values["zone"]):
        return None
    first, last = values.get("first_day"), values.get("last_day")
    return Schedule(values["zone"], values["begins"], timedelta(seconds=values["lasts"]), values["days"], first, last)


def _times(schedule: Schedule, now: datetime) -> Any:
    zone = ZoneInfo(schedule.zone)
    for began, ended in islice(schedule.occurrences(now), _NEXT):
        text = " – ".join(date_format(moment.astimezone(zone), "D j M Y, H:i") for moment in (began, ended))
        is_now = began <= now
        yield Item(f"{text} ({schedule.zone})", "notice" if is_now else "", _("now") if is_now else "")
