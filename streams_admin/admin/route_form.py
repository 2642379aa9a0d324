"""A route, as an administrator fills it in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dashboard.forms.matchers import MatchersField
from dashboard.models import Receiver, Route
from streams_admin.admin.label_names import LabelNamesField
from streams_admin.admin.threshold.fields import QuantityField

_MOST_S = 30 * 24 * 3600


class SecondsField(QuantityField):
    """A time, typed as `90`, `5 min` or `1 h 30 min`, in whole seconds."""

    def __init__(self, *, empty: int, least: int = 0, **kwargs: Any) -> None:
        self._least = least
        super().__init__(**{"unit": "s", "empty": empty, "initial": empty or None, **kwargs})

    def to_python(self, value: Any) -> int:
        """Whole seconds."""
        seconds = float(super().to_python(value))
        if not self._least <= seconds <= _MOST_S:
            raise ValidationError(f"Give a time from {self._least} s to 30 d.")
        return round(seconds)


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A route."""

    matchers = MatchersField(
        label="Alerts that all of these fit",
        required=False,
        help_text="None: every alert that no route before it takes.",
    )
    receivers = forms.ModelMultipleChoiceField(
        queryset=Receiver.objects.exclude(kind=Receiver.Kind.HEARTBEAT),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
        required=False,
        help_text="None: nobody is told of the alerts that it takes.",
    )
    group_by = LabelNamesField(
        label="One message for alerts with the same",
        required=False,
        help_text="None: one message for all alerts of this route.",
    )
    group_wait_s = SecondsField(
        label="Wait before the first message",
        empty=10,
        help_text="So that what breaks together is told together: 10 s.",
    )
    group_interval_s = SecondsField(
        label="Wait between messages", empty=300, help_text="Of one group, when something changes: 5 min."
    )
    repeat_s = SecondsField(
        label="Say it again after", empty=4 * 3600, help_text="While alerts are open: 4 h. With 0 it is said once."
    )

    class Meta:
        model = Route
        fields = (
            *("name", "enabled", "position", "matchers", "receivers", "goes_on"),
            *("group_by", "group_wait_s", "group_interval_s", "repeat_s"),
        )
        help_texts = {  # noqa: RUF012
            "position": "Routes are asked from the lowest on, and the first that fits takes the alert.",
            "goes_on": "The routes after it are asked, too.",
        }
