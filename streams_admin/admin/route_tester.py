"""The route tester: an open alert, or labels that somebody types, and where it would go."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.models import Alert, Route
from streams_admin.admin.threshold.fields import LabelsField
from streams_admin.guard import operator_page
from streams_admin.journey import journey_of, labels_for

_MOST = 200


class TesterForm(forms.Form):
    """What is tried: an open alert, labels, or an alert with other labels."""

    alert = forms.TypedChoiceField(label=gettext_lazy("An open alert"), required=False, coerce=int, empty_value=None)
    labels = LabelsField(
        label=gettext_lazy("Labels, one name=value a line"),
        help_text=gettext_lazy(
            "Alone, or instead of the alert's own: severity=critical asks what if it were critical."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Alert.objects.open().order_by("-opened_at", "-pk").values_list("pk", "title")[:_MOST]
        self.fields["alert"].choices = [("", "–"), *((pk, title[:120]) for pk, title in rows)]  # type: ignore[attr-defined]


@operator_page(GET="dashboard.view_route")
def route_tester(request: HttpRequest) -> HttpResponse:
    """Where an alert would go, and what keeps its receivers from hearing of it."""
    form = TesterForm(request.GET or None)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Route tester"),
        "opts": Route._meta,
        "form": form,
    }
    if form.is_valid():
        alert = Alert.objects.filter(pk=form.cleaned_data["alert"]).first()
        if labels := labels_for(alert, form.cleaned_data["labels"]):
            journey = journey_of(labels, alert, timezone.now())
            context |= {"labels": sorted(labels.items()), "journey": journey}
    return TemplateResponse(request, "admin/dashboard/route/tester.html", context)
