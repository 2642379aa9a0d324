"""The stock admin in the reader's language: our fields, their help, sections, columns and errors.

Their English stands where Django wants it, in models and in the admin; here it is made to be told when it is shown. So a new
field needs nothing but a translation, and migrations never see one.
"""

from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.forms.utils import ErrorList
from django.utils.functional import Promise, lazy
from django.utils.text import capfirst

from dashboard.told import told, told_later

OURS = ("dashboard", "streams_admin")


class ToldErrors(ErrorList):
    """Errors of a form in the reader's language."""

    def __iter__(self) -> Any:
        return (told(str(error)) for error in super().__iter__())

    def get_context(self) -> dict[str, Any]:
        """What the template of errors is given."""
        return {"errors": list(self), "error_class": self.error_class}


def speak_models(config: AppConfig) -> None:
    """Lets names, help and choices of an app's models be told in the language of whoever reads them."""
    for model in config.get_models():
        for field in model._meta.get_fields():
            for name in ("verbose_name", "help_text"):
                _later(field, name)
            if choices := getattr(field, "choices", None):
                setattr(field, "choices", [(value, _told_later(label)) for value, label in choices])  # noqa: B010 - relations have none
        if "verbose_name_plural" not in model._meta.original_attrs:
            model._meta.verbose_name_plural = told_later(str(model._meta.verbose_name_plural))
        for name in ("verbose_name", "verbose_name_plural"):
            _later(model._meta, name)
    config.verbose_name = _told_later(config.verbose_name)


def speak_admin() -> None:
    """The same for what the admin's own classes say."""
    for model, found in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        _later(found, "search_help_text")
        for name in dir(type(found)):
            function = getattr(type(found), name, None)
            if callable(function) and isinstance(getattr(function, "short_description", None), str):
                function.short_description = _told_later(function.short_description)
        found.get_fieldsets = _told_fieldsets(found.get_fieldsets)  # type: ignore[method-assign]
        found.get_form = _told_form(found.get_form)  # type: ignore[method-assign]


def _named(name: str) -> str:
    # A field without a label is called by its own name, as Django does it.
    return capfirst(told(name.replace("_", " ")))


_named_later = lazy(_named, str)


def _told_later(text: Any) -> Any:
    return told_later(text) if isinstance(text, str) and text else text


def _later(owner: Any, name: str) -> None:
    text = getattr(owner, name, "")
    if isinstance(text, str) and text and not isinstance(text, Promise):
        setattr(owner, name, told_later(text))


def _told_fieldsets(original: Any) -> Any:
    def get_fieldsets(*args: Any, **kwargs: Any) -> Any:
        return [
            (_told_later(name), {**options, "description": _told_later(options.get("description"))})
            for name, options in original(*args, **kwargs)
        ]

    return get_fieldsets


def _told_form(original: Any) -> Any:
    def get_form(*args: Any, **kwargs: Any) -> Any:
        made = original(*args, **kwargs)
        return type(made)(made.__name__, (_Told, made), {"__module__": __name__})

    return get_form


class _Told:
    """A form that tells its labels, help and errors in the reader's language."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"error_class": ToldErrors, **kwargs})
        for name, field in self.fields.items():
            field.label = _named_later(name) if field.label is None else _told_later(field.label)
            field.help_text = _told_later(field.help_text)
