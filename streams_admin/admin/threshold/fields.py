"""Fields that take what people type: times and sizes, labels one a line, days and states to tick."""

import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.functional import lazy

from dashboard.core.quantities import Quantity, parse, written
from dashboard.templatetags.readings import stateword


def state_in_capitals(state: str) -> str:
    """A state of a group as pages write it, in the reader's language."""
    return stateword(state).upper()


state_later = lazy(state_in_capitals, str)


class QuantityField(forms.Field):
    """A number, also as a time or a size. `unit` is what it is of: a bare number is in it, another unit is refused.

    `unit` None: the form says so once it knows the metric, and asks `number_of` then.
    """

    def __init__(self, *, unit: str | None = None, empty: float | None = None, **kwargs: Any) -> None:
        self.unit, self.empty = unit, empty
        typed = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "spellcheck": "false", "size": 12})
        super().__init__(**{"required": False, "widget": typed, **kwargs})

    def to_python(self, value: Any) -> Any:
        """The quantity, or its number where the unit is known; None or `empty` for nothing."""
        text = "" if value is None else str(value).strip()
        if not text:
            return self.empty
        try:
            found = parse(text)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return found if self.unit is None else number_of(found, self.unit)

    def prepare_value(self, value: Any) -> Any:
        """The number as somebody would type it."""
        return written(value, self.unit or "") if isinstance(value, float | int) and math.isfinite(value) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another number was typed, not the same one in another way."""
        try:
            new = self.to_python(data)
        except ValidationError:
            return True
        return bool(initial != (new.value if isinstance(new, Quantity) else new))


def number_of(found: Quantity, unit: str) -> float:
    """The number in the unit; raises ValidationError where it was typed in another one."""
    if found.unit not in ("", unit):
        raise ValidationError(_WRONG_UNIT.get(unit, _WRONG_UNIT[""]))
    return found.value


_WRONG_UNIT = {
    "s": "This is a time: for example 90, 5 min or 1 h 30 min.",
    "bytes": "This is a size: for example 1000000 or 2 GiB.",
    "%": "This is a share: for example 80.",
    "/s": "This is a number per second: for example 12.5.",
    "": "This is a plain number: for example 1000.",
}


class LabelsField(forms.Field):
    """Labels, one `name=value` a line, as a mapping."""

    def __init__(self, **kwargs: Any) -> None:
        typed = forms.Textarea(attrs={"rows": 3, "cols": 40, "spellcheck": "false", "placeholder": "team=payments"})
        super().__init__(**{"required": False, "widget": typed, **kwargs})

    def to_python(self, value: Any) -> Any:
        """The labels by name."""
        if isinstance(value, dict):
            return value
        found: dict[str, str] = {}
        for line in str(value or "").splitlines():
            name, equals, text = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not equals:
                raise ValidationError(f"“{line.strip()[:60]}”: write name=value, for example team=payments.")
            if name in found:
                raise ValidationError(f"“{name}” stands here twice.")
            found[name] = text
        return found

    def prepare_value(self, value: Any) -> Any:
        """The labels as they are typed."""
        return "\n".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else value


class DaysField(forms.TypedMultipleChoiceField):
    """Days of the week to tick, as bits: Monday is 1."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [(1 << place, day) for place, day in WEEKDAYS.items()]
        widget = forms.CheckboxSelectMultiple(attrs={"class": "ticks"})
        super().__init__(**{"choices": choices, "coerce": int, "widget": widget, "required": False, **kwargs})

    def clean(self, value: Any) -> int:
        """The bits of all that are ticked."""
        return sum(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        """The numbers of the days."""
        return [str(1 << place) for place in range(7) if value & 1 << place] if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other days are ticked."""
        return super().has_changed(self.prepare_value(initial), data)


class StatesField(forms.MultipleChoiceField):
    """States of a group to tick, as a list of words."""

    def __init__(self, states: tuple[str, ...], **kwargs: Any) -> None:
        choices = [(state, state_later(state)) for state in states]
        widget = forms.CheckboxSelectMultiple(attrs={"class": "ticks"})
        super().__init__(**{"choices": choices, "widget": widget, "required": False, **kwargs})
