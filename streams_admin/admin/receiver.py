"""Receivers in the admin: who is told, tried before they are needed, and how it went lately."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from dashboard.models import Notification, Receiver
from dashboard.receivers import TemplateProblem, Templates
from dashboard.told import told
from streams_admin.admin.deletion import CountsWhatItDeletes
from streams_admin.admin.previewed import PreviewedAdmin
from streams_admin.admin.receiver_form import ReceiverForm, secret_state, stored_hint
from streams_admin.guard import operator_page
from streams_admin.hints import hint_of
from streams_admin.samples import sample
from streams_admin.sections import Section
from streams_admin.trying import LEVELS, Trial, make_secret, send_test, worded

_RIGHT = "dashboard.change_receiver"
_TEMPLATES = ("subject_template", "body_template")


@admin.register(Receiver)
class ReceiverAdmin(CountsWhatItDeletes, PreviewedAdmin):
    """Receivers."""

    form = ReceiverForm
    previewed = ("name", "kind", *_TEMPLATES)
    preview_title = gettext_lazy("Preview of a message")
    change_form_template = "admin/dashboard/receiver/change_form.html"
    change_list_template = "admin/dashboard/receiver/change_list.html"
    list_display = ("name", "kind", "hint", "enabled", "last_delivered", "last_failure", "unsent")
    list_filter = ("kind", "enabled")
    search_fields = ("name",)
    search_help_text = "Name"
    readonly_fields = ("where", "secret_state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receiver]:
        receivers: QuerySet[Receiver] = super().get_queryset(request)
        told_of = Notification.objects.filter(receiver=OuterRef("pk")).order_by("-made_at")
        delivered, waiting, given_up = (
            told_of.filter(state__in=states) for states in (_DELIVERED, _WAITING, _GIVEN_UP)
        )
        failing = waiting.filter(tries__gt=0)
        return receivers.annotate(
            delivered_last=Subquery(delivered.values("delivered_at")[:1]),
            failed_why=Coalesce(Subquery(failing.values("answer")[:1]), Subquery(given_up.values("answer")[:1])),
            failed_pk=Coalesce(Subquery(failing.values("pk")[:1]), Subquery(given_up.values("pk")[:1])),
            waiting=_count(waiting),
            given_up=_count(given_up),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Receiver | None = None) -> Any:
        may_change = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if may_change:
            secret = ("new_secret", "clear_secret") if obj and obj.secret else ("new_secret",)
            address: tuple[str, ...] = ("new_address", *secret)
            message: tuple[str, ...] = (*_TEMPLATES, "sample")
        else:
            address, message = ("where", "secret_state"), _TEMPLATES
        return [
            (None, {"fields": ("name", "kind", "enabled")}),
            ("Where", {"fields": (*address, "allowed_networks")}),
            ("Message", {"fields": ("tells_resolved", "most_per_minute", *message)}),
            ("Heartbeat", {"fields": ("every_s",), "description": _HEARTBEAT}),
        ]

    def get_urls(self) -> list[URLPattern]:
        guarded = operator_page(POST=_RIGHT)
        return [
            path("<int:pk>/test/", guarded(self.send_test), name="dashboard_receiver_test"),
            path("<int:pk>/secret/", guarded(never_cache(self.make_secret)), name="dashboard_receiver_secret"),
            *super().get_urls(),
        ]

    def sections(self, values: Mapping[str, Any], request: HttpRequest) -> list[Section]:
        kind = values.get("kind", "")
        if not kind or kind == Receiver.Kind.HEARTBEAT or not values.keys() >= set(_TEMPLATES):
            return []
        templates = Templates(subject=values["subject_template"], body=values["body_template"])
        notice = sample(values.get("sample", ""), values.get("name", ""), timezone.now(), _alerts_url(request))
        try:
            message = worded(kind, notice, templates)
        except TemplateProblem as problem:
            return [Section(_("Message"), told(str(problem)), "warning")]
        subject = [Section(_("Subject"), plain=message.subject)] if message.subject else []
        return [*subject, Section(_("Message"), plain=message.body)]

    def send_test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sends a test to the receiver as it is saved, and shows the message and the answer."""
        receiver = get_object_or_404(Receiver, pk=pk)
        trial = send_test(receiver=receiver, operator=request.user, url=_alerts_url(request), now=timezone.now())
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"sections": [msgspec.to_builtins(section) for section in _sections_of(trial)]})
        context = {"title": _("Test of %(name)s") % {"name": receiver}, "sections": _sections_of(trial)}
        return self._page(request, receiver, "test.html", context)

    def make_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Makes a signing secret and shows it this once: in this very answer, which nobody keeps."""
        receiver = get_object_or_404(Receiver, pk=pk, kind=Receiver.Kind.WEBHOOK)
        context = {
            "title": _("Signing secret of %(name)s") % {"name": receiver},
            "made": make_secret(receiver=receiver, operator=request.user),
        }
        return self._page(request, receiver, "secret.html", context)

    def _page(self, request: HttpRequest, receiver: Receiver, template: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts, "receiver": receiver}
        return TemplateResponse(request, f"admin/dashboard/receiver/{template}", {**common, **context})

    def save_model(self, request: HttpRequest, obj: Receiver, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.kind == Receiver.Kind.WEBHOOK and not obj.secret:
            self.message_user(
                request, _("Its messages are not signed yet: “Make a signing secret” on its page."), messages.INFO
            )

    @admin.display(description=gettext_lazy("where"))
    def hint(self, receiver: Receiver) -> str:
        """A hint at the address, for the list."""
        return hint_of(receiver.kind, receiver.address) or "?"

    @admin.display(description=gettext_lazy("address"))
    def where(self, receiver: Receiver) -> str:
        """A hint at the address, without what is secret in it."""
        return stored_hint(receiver)

    @admin.display(description=gettext_lazy("signing secret"))
    def secret_state(self, receiver: Receiver) -> str:
        """Whether there is one; never which."""
        return secret_state(receiver)

    @admin.display(description=gettext_lazy("last delivered"))
    def last_delivered(self, receiver: Receiver) -> Any:
        """When something last arrived there."""
        return receiver.beat_at or getattr(receiver, "delivered_last", None) or "–"

    @admin.display(description=gettext_lazy("last failure"))
    def last_failure(self, receiver: Receiver) -> str:
        """Why the newest message that did not arrive did not."""
        if receiver.kind == Receiver.Kind.HEARTBEAT:
            return told(receiver.beat_error) or "–"
        if not (pk := getattr(receiver, "failed_pk", None)):
            return "–"
        link = reverse("admin:dashboard_notification_change", args=[pk])
        return format_html('<a href="{}">{}</a>', link, told(getattr(receiver, "failed_why", "")) or "?")

    @admin.display(description=gettext_lazy("waiting, given up"))
    def unsent(self, receiver: Receiver) -> str:
        """How many messages wait, and how many were given up."""
        waiting, given_up = getattr(receiver, "waiting", 0), getattr(receiver, "given_up", 0)
        link = reverse("admin:dashboard_notification_changelist") + f"?receiver__id__exact={receiver.pk}"
        level = "critical" if given_up else "ok"
        text = _("%(waiting)d waiting, %(given_up)d given up") % {"waiting": waiting, "given_up": given_up}
        if not waiting and not given_up:
            return "–"
        return format_html('<a class="badge" data-level="{}" href="{}">{}</a>', level, link, text)


_WAITING = (Notification.State.DUE, Notification.State.SENDING)
_DELIVERED, _GIVEN_UP = (Notification.State.DELIVERED,), (Notification.State.DEAD,)


def _count(notifications: QuerySet[Notification]) -> Coalesce:
    """How many, as a subquery: joined, every message that was ever sent would be counted through."""
    counted = notifications.order_by().values("receiver").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


_HEARTBEAT = (
    "A heartbeat's address is asked for as long as database, sampling, judging and routing are in time. Whoever watches that "
    "address tells you of silence."
)


def _alerts_url(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("alerts"))


def _sections_of(trial: Trial) -> list[Section]:
    outcomes = {
        "delivered": _("delivered"),
        "again": _("not delivered, may go well later"),
        "never": _("not delivered"),
    }
    took = _("after %(seconds).1f s") % {"seconds": trial.took_s}
    said = f"{outcomes[trial.answer.outcome]} ({took}): {told(trial.answer.detail)}"
    problem = (Section(_("Template"), told(trial.message.problem), "warning"),) if trial.message.problem else ()
    subject = (Section(_("Subject"), plain=trial.message.subject),) if trial.message.subject else ()
    return [
        Section(_("Answer"), said, LEVELS[trial.answer.outcome]),
        *problem,
        *subject,
        Section(_("Message"), plain=trial.message.body),
    ]
