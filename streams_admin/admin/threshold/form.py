"""The form of a threshold: typed as people say it, checked field by field."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from dashboard.core.quantities import Quantity, unit_of
from dashboard.core.schedule import ALL_DAYS
from dashboard.core.threshold_metrics import CONSUMER_METRICS, GROUP_METRICS, SERVER_METRICS, STREAM_METRICS, Metric
from dashboard.core.threshold_shape import OTHERWISE, unused_fields
from dashboard.models import Threshold
from dashboard.models.threshold_checks import SEVERITIES
from streams_admin.admin.threshold.fields import DaysField, LabelsField, QuantityField, StatesField, number_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

LIMITS = tuple(f"{severity}_{what}" for severity in SEVERITIES for what in ("limit", "clear"))
_KINDS = (
    ("Of a stream", STREAM_METRICS),
    ("Of a group", GROUP_METRICS),
    ("Of a consumer", CONSUMER_METRICS),
    ("Of a server", SERVER_METRICS),
)
_TIME = "A time: 90, 5 min, 1 h 30 min."


def _limit(label: "StrPromise", help_text: str = "") -> QuantityField:
    return QuantityField(label=label, help_text=help_text)


class ThresholdForm(forms.ModelForm):  # type: ignore[type-arg]
    """A threshold. What its metric has no use for goes back to nothing where a browser hid it."""

    metric = forms.ChoiceField(label=_("Metric"))
    states = StatesField(Threshold.STATES, label=_("States"), help_text="Of “in one of the states”: which.")
    window_s = QuantityField(
        unit="s", empty=0.0, label=_("Window"), help_text=f"What the function looks back on. {_TIME}"
    )
    hold_s = QuantityField(
        unit="s", empty=0.0, label=_("Hold"), help_text=f"How long the breach must last before it alerts. {_TIME}"
    )
    keep_open_s = QuantityField(
        unit="s",
        empty=0.0,
        label=_("Keep open"),
        help_text=f"How long an alert stays open after the breach has ended. {_TIME}",
    )
    notice_limit, notice_clear = _limit(_("Notice")), _limit(_("ends at"), "Empty: at the limit.")
    warning_limit, warning_clear = _limit(_("Warning")), _limit(_("ends at"), "Empty: at the limit.")
    critical_limit, critical_clear = _limit(_("Critical")), _limit(_("ends at"), "Empty: at the limit.")
    active_days = DaysField(label=_("Days"), initial=ALL_DAYS)
    labels = LabelsField(
        label=_("Labels"), help_text="One a line, for routes and silences, beside those of every alert."
    )

    class Meta:
        model = Threshold
        exclude = ()
        labels = {  # noqa: RUF012
            "stream": "One stream",
            "on_no_data": "No data",
            "on_error": "An error",
            "on_unknown": "An unknown value",
            "on_estimated": "An estimated value",
            "comparison": _("Side"),
        }
        widgets = {  # noqa: RUF012
            **{
                name: forms.Textarea(attrs={"rows": 2, "cols": 40, "spellcheck": "false"})
                for name in ("key_excludes", "group_excludes", "consumer_excludes")
            },
            **{
                name: forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false", "autocomplete": "off"})
                for name in ("key_pattern", "group_pattern", "consumer_pattern", "tag", "zone")
            },
            "note": forms.Textarea(attrs={"rows": 3, "cols": 40}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = dict(choices_of("metric"))
        kinds = [(kind, [(metric, choices[metric]) for metric in Metric if metric in its]) for kind, its in _KINDS]
        self._offer("metric", [("", "---------"), *kinds])
        for name, answers in OTHERWISE.items():
            said = dict(choices_of(name))
            self._offer(name, [(answer, said[answer]) for answer in answers])
        # Numbers stand as one would type them, in the unit of the metric that is stored or asked for.
        stored = str(self.initial.get("metric") or self.instance.metric or "")
        for name in (name for name in LIMITS if name in self.fields and stored in set(Metric)):
            field = self.fields[name]
            self.initial[name] = _written(field, self.initial.get(name), Metric(stored))

    def _offer(self, name: str, choices: list[Any]) -> None:
        if name in self.fields:
            setattr(self.fields[name], "choices", choices)  # noqa: B010 - only fields of choices are named

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        metric = self.cleaned_data.get("metric")
        if metric in set(Metric):
            self._forget_unused(Metric(metric))
            self._take_limits(Metric(metric))
        for name in ("key_pattern", "group_pattern", "consumer_pattern"):
            self.cleaned_data[name] = self.cleaned_data.get(name) or "*"
        for name in ("key_excludes", "group_excludes", "consumer_excludes"):
            lines = self.cleaned_data.get(name, "").splitlines()
            self.cleaned_data[name] = "\n".join(line for line in lines if line.strip())
        return data

    def _forget_unused(self, metric: Metric) -> None:
        """A browser sends nothing of what it hides, so that what was set for another metric ends with it."""
        for name in unused_fields(metric):
            if name in self.fields and not _was_sent(self, name):
                model_field = Threshold._meta.get_field(name)
                self.cleaned_data[name] = model_field.get_default() if isinstance(model_field, Field) else None
                self.errors.pop(name, None)
                setattr(self.instance, name, self.cleaned_data[name])

    def _take_limits(self, metric: Metric) -> None:
        for name in LIMITS:
            found = self.cleaned_data.get(name)
            if isinstance(found, Quantity):
                try:
                    self.cleaned_data[name] = number_of(found, unit_of(metric))
                except ValidationError as error:
                    self.add_error(name, error)


class SwitchForm(forms.ModelForm):  # type: ignore[type-arg]
    """The list's switch. What else a threshold says is not looked at: one that is wrong can be switched off all the same."""

    class Meta:
        model = Threshold
        fields = ("enabled",)

    def _post_clean(self) -> None:
        self.instance.enabled = self.cleaned_data["enabled"]


def _was_sent(form: forms.BaseForm, name: str) -> bool:
    return form.add_prefix(name) in form.data


def _written(field: Any, value: Any, metric: Metric) -> Any:
    written = QuantityField(unit=unit_of(metric)).prepare_value(value)
    return written if field else value


def choices_of(name: str) -> list[tuple[str, Any]]:
    """A field's choices with their words, which are told in the reader's language."""
    field = Threshold._meta.get_field(name)
    return list(getattr(field, "choices", None) or ())
