"""Names of labels to tick, with room for those that thresholds give themselves."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from dashboard.core.labels import LABEL_NAME, RESERVED


class _LabelNamesWidget(forms.Widget):
    """Boxes for what every alert has, and a text for others."""

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: object, name: str) -> list[str]:
        """The names that are ticked, then those that are typed."""
        ticked = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        typed = [each.strip() for each in data.get(f"{name}_own", "").split(",")]
        return [*(each for each in ticked if each in RESERVED), *filter(None, typed)]

    def value_omitted_from_data(self, data: Any, files: object, name: str) -> bool:
        """Never: boxes that nobody ticked are not sent."""
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: object = None) -> Any:
        """The boxes and the text as HTML."""
        names = [str(each) for each in value or ()]
        context = {
            "name": name,
            "id": (attrs or {}).get("id") or f"id_{name}",
            "boxes": [(each, each in names) for each in RESERVED],
            "own": ", ".join(each for each in names if each not in RESERVED),
        }
        return render_to_string("admin/dashboard/label_names.html", context)

    def id_for_label(self, id_: str) -> str:
        """The first box."""
        return f"{id_}_0"


class LabelNamesField(forms.Field):
    """Cleans to a list of names: those of every alert in their order, others after them."""

    widget = _LabelNamesWidget

    def to_python(self, value: Any) -> list[str]:
        """The names, each once."""
        names = [str(each) for each in value or ()]
        if wrong := next((each for each in names if not LABEL_NAME.fullmatch(each)), ""):
            raise ValidationError(
                f"“{wrong[:60]}” is no name of a label: take letters, digits and _, for example team."
            )
        return [
            *(each for each in RESERVED if each in names),
            *dict.fromkeys(each for each in names if each not in RESERVED),
        ]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other names are given."""
        return set(initial or ()) != set(data or ())
