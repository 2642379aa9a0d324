"""Forms of the admin that say beside them, while they are filled in, what they would do now."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from streams_admin.guard import operator_page
from streams_admin.sections import Section


class PreviewedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A ModelAdmin. `previewed` names the fields that the preview looks at; `sections` says what they mean."""

    previewed: tuple[str, ...] = ()
    preview_title = gettext_lazy("What it does now")
    change_form_template = "admin/dashboard/previewed.html"

    def sections(self, values: Mapping[str, Any], request: HttpRequest) -> list[Section]:
        """What the form would do now; `values` lacks what is not valid."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        rights = tuple(
            f"{self.opts.app_label}.{get_permission_codename(verb, self.opts)}" for verb in ("add", "change")
        )
        view = operator_page(POST=rights)(self.preview)
        return [path("preview/", view, name=self._preview_name), *super().get_urls()]

    @property
    def _preview_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_preview"

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What the form, as it was sent, would do; nothing is saved."""
        form = self.get_form(request)(request.POST)
        form.full_clean()
        wrong = [
            Section(str(form[name].label), " ".join(map(str, form.errors[name])), "warning")
            for name in self._wrong(form)
        ]
        sections = [*wrong, *self.sections(form.cleaned_data, request)]
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"sections": [msgspec.to_builtins(section) for section in sections]})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview"),
            "opts": self.opts,
            "sections": sections,
        }
        return TemplateResponse(request, "admin/dashboard/preview.html", context)

    def _wrong(self, form: Any) -> list[str]:
        return [name for name in self.previewed if name in form.errors and name in form.fields]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form, original = context["adminform"].form, context.get("original")
        values = form.cleaned_data if form.is_bound else self._saved(form, original)
        may = self.has_change_permission(request, original) if original else self.has_add_permission(request)
        context |= {
            "sections": self.sections(values, request),
            "preview_title": self.preview_title,
            "preview_url": reverse(f"admin:{self._preview_name}") if may else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _saved(self, form: Any, original: Model | None) -> dict[str, Any]:
        if original is not None:
            return {name: getattr(original, name) for name in self.previewed if hasattr(original, name)}
        return {
            name: form[name].initial
            for name in self.previewed
            if name in form.fields and form[name].initial is not None
        }
