"""Routes in the admin: in the order in which they are asked, each with what it takes now."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core import wording
from dashboard.models import Route
from dashboard.services.ordering import move_route
from dashboard.services.silencing import is_everything
from streams_admin.admin.deletion import CountsWhatItDeletes
from streams_admin.admin.inhibition import matchers_in_words, read
from streams_admin.admin.previewed import PreviewedAdmin
from streams_admin.admin.route_form import RouteForm
from streams_admin.admin.route_tester import route_tester
from streams_admin.guard import operator_page
from streams_admin.journal import note
from streams_admin.sections import Section, matched

_RIGHT = "dashboard.change_route"


@admin.register(Route)
class RouteAdmin(CountsWhatItDeletes, PreviewedAdmin):
    """Routes."""

    form = RouteForm
    previewed = ("matchers", "receivers", "position")
    change_list_template = "admin/dashboard/route/change_list.html"
    list_display = ("name", "shown_matchers", "shown_receivers", "grouping", "enabled")
    list_filter = ("enabled", "receivers")
    search_fields = ("name",)
    search_help_text = "Name"
    sortable_by = ()
    ordering = ("position", "pk")
    fieldsets = (
        (None, {"fields": ("name", "enabled", "position")}),
        ("What it takes", {"fields": ("matchers", "goes_on")}),
        ("Who is told", {"fields": ("receivers",)}),
        ("How messages are put together", {"fields": ("group_by", "group_wait_s", "group_interval_s", "repeat_s")}),
    )

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("css/threshold.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Route]:
        routes: QuerySet[Route] = super().get_queryset(request)
        return routes.prefetch_related("receivers")

    def get_list_display(self, request: HttpRequest) -> Any:
        return (*self.list_display, "moves") if request.user.has_perm(_RIGHT) else self.list_display

    def get_urls(self) -> list[URLPattern]:
        guarded = operator_page(POST=_RIGHT)
        return [
            path("tester/", route_tester, name="dashboard_route_tester"),
            path("<int:pk>/earlier/", guarded(self.move_earlier), name="dashboard_route_earlier"),
            path("<int:pk>/later/", guarded(self.move_later), name="dashboard_route_later"),
            *super().get_urls(),
        ]

    def move_earlier(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks the route one place earlier."""
        return self._move(request, pk, -1, _("“%(name)s” is asked earlier now."))

    def move_later(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks the route one place later."""
        return self._move(request, pk, 1, _("“%(name)s” is asked later now."))

    def _move(self, request: HttpRequest, pk: int, by: Literal[-1, 1], said: str) -> HttpResponse:
        route = move_route(route=get_object_or_404(Route, pk=pk), by=by, operator=request.user)
        if route:
            note([route], request.user, "Asked earlier." if by < 0 else "Asked later.")
            self.message_user(request, said % {"name": route}, messages.SUCCESS)
        return redirect("admin:dashboard_route_changelist")

    def sections(self, values: Mapping[str, Any], request: HttpRequest) -> list[Section]:
        found = [matched(_("Open alerts that it fits"), read(values["matchers"]))] if "matchers" in values else []
        if "receivers" in values and not _any(values["receivers"]):
            text = _("Nobody is told of the alerts that it takes.")
            found.append(Section(_("Receivers"), text, "warning"))
        if (position := values.get("position")) is not None and (first := _catch_all_before(position, values)):
            text = _("It is never asked: “%(name)s” is asked before it and takes every alert.") % {"name": first}
            found.append(Section(_("Order"), text, "warning"))
        return found

    @admin.display(description=gettext_lazy("takes"))
    def shown_matchers(self, route: Route) -> str:
        """What it takes, in words."""
        words = _("every alert") if not route.matchers else matchers_in_words(route.matchers)
        goes_on = _("and goes on")
        return f"{words}, {goes_on}" if route.goes_on else words

    @admin.display(description=gettext_lazy("tells"))
    def shown_receivers(self, route: Route) -> str:
        """Who is told."""
        return ", ".join(str(receiver) for receiver in route.receivers.all()) or _("nobody")

    @admin.display(description=gettext_lazy("groups by"))
    def grouping(self, route: Route) -> str:
        """How messages are put together."""
        names = ", ".join(map(str, route.group_by)) or _("all in one")
        times = (route.group_wait_s, route.group_interval_s, route.repeat_s)
        return f"{names} · {' / '.join(wording.duration(seconds) for seconds in times)}"

    @admin.display(description=gettext_lazy("order"))
    def moves(self, route: Route) -> str:
        """Buttons that move it; they belong to the list's form, so that they need no script."""
        return format_html(
            '<span class="moves"><button class="button button--icon" formaction="{}" aria-label="{}">↑</button>'
            '<button class="button button--icon" formaction="{}" aria-label="{}">↓</button></span>',
            reverse("admin:dashboard_route_earlier", args=[route.pk]),
            _("Ask %(name)s earlier") % {"name": route},
            reverse("admin:dashboard_route_later", args=[route.pk]),
            _("Ask %(name)s later") % {"name": route},
        )


def _any(receivers: Any) -> bool:
    return bool(receivers.exists() if hasattr(receivers, "exists") else receivers)


def _catch_all_before(position: int, values: Mapping[str, Any]) -> Route | None:
    """The enabled route before this one that leaves nothing to it."""
    before: Iterable[Route] = Route.objects.filter(enabled=True, goes_on=False, position__lt=position)
    return next((route for route in before if is_everything(read(route.matchers))), None)
