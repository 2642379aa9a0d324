"""A field for matchers: rows of label, comparison and value. Empty rows are left out; scripts add and remove rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dashboard.core.labels import RESERVED
from dashboard.core.matchers import Matcher, Op, in_words, parse, plain

Row = dict[str, str]
_PARTS = ("name", "op", "value")
#: How each comparison is offered.
OPS = {Op.IS: _("is"), Op.IS_NOT: _("is not"), Op.LIKE: _("is like"), Op.UNLIKE: _("is not like")}


def matcher_told(matcher: Matcher) -> str:
    """For example `server is shop`, in the reader's language."""
    return in_words(matcher, OPS, gettext("(empty)"))


class MatchersWidget(forms.Widget):
    """The rows, with an empty one at the end for who has no scripts; `ui/matchers.js` brings it to life."""

    def value_from_datadict(self, data: Any, files: object, name: str) -> list[Row]:
        """The rows as they were typed, `NAME_name`, `NAME_op` and `NAME_value` each as often as there are rows."""
        columns = [_all_of(data, f"{name}_{part}") for part in _PARTS]
        rows = [dict(zip(_PARTS, row, strict=True)) for row in zip(*columns, strict=False)]
        return [row for row in rows if row["name"].strip() or row["value"].strip()]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: object, name: str) -> bool:
        """Whether the form was sent without it."""
        return f"{name}_name" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: object = None) -> Any:
        """The rows as HTML."""
        rows = value if isinstance(value, list) else []
        context = {"name": name, "id": (attrs or {}).get("id") or f"id_{name}", "rows": rows, "ops": OPS.items()}
        return render_to_string("dashboard/forms/matchers.html", {**context, "names": RESERVED})

    def id_for_label(self, id_: str) -> str:
        """The first row's label."""
        return f"{id_}_0"


class MatchersField(forms.Field):
    """Cleans to what the models store: [{name, op, value}]. A mistake is told in words."""

    widget = MatchersWidget

    def to_python(self, value: Any) -> list[Row]:
        """The rows, read and written anew."""
        try:
            return plain(parse(value or []))
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the rows say something else."""
        return list(initial or []) != list(data or [])


def _all_of(data: Any, name: str) -> Sequence[str]:
    found: Sequence[str] = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
    return found
