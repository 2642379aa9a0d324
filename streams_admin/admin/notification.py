"""Notifications in the admin: what was told to whom, with its fate. To read, and to send again."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from msgspec import ValidationError

from dashboard.core.notice import Notice, from_json
from dashboard.models import Notification
from dashboard.services.resending import ENDED, send_again
from dashboard.told import told
from streams_admin.guard import operator_page
from streams_admin.journal import note
from streams_admin.trying import templates_of, worded_anyway

_LEVELS = {"due": "warning", "sending": "notice", "delivered": "ok", "dead": "critical"}
_MOST_ALERTS = 200


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Notifications, the newest first."""

    change_form_template = "admin/dashboard/notification/change_form.html"
    change_list_template = "admin/dashboard/notification/change_list.html"
    list_display = ("shown_key", "receiver", "fate", "made_at", "shown_alerts", "tries", "shown_answer")
    list_filter = ("state", "receiver", "kind")
    list_select_related = ("receiver",)
    list_per_page = 50
    search_fields = ("key", "answer")
    search_help_text = "Key or answer"
    show_full_result_count = False
    actions = ("send_again",)
    fieldsets = (
        (None, {"fields": ("receiver", "fate", "made_at", "shown_next", "delivered_at", "kind", "key")}),
        ("Tries", {"fields": ("shown_log", "shown_answer")}),
        ("Message", {"fields": ("shown_message", "linked_alerts")}),
    )

    def get_urls(self) -> list[URLPattern]:
        view = operator_page(POST="dashboard.resend_notification")(self.resend)
        return [path("<int:pk>/resend/", view, name="dashboard_notification_resend"), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Notification | None = None) -> Any:
        return [name for _, options in self.fieldsets for name in options["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Whether sending again is offered and allowed."""
        return request.user.has_perm("dashboard.resend_notification")

    @admin.action(description=gettext_lazy("Send the selected notifications again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Those that were given up or delivered; the others are on their way."""
        self._send_again(request, list(queryset.defer("body", "log")))

    def resend(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sends one again."""
        notification = get_object_or_404(Notification, pk=pk)
        self._send_again(request, [notification])
        return redirect("admin:dashboard_notification_change", pk)

    def _send_again(self, request: HttpRequest, chosen: list[Notification]) -> None:
        sent = send_again(notifications=chosen, operator=request.user, now=timezone.now())
        note(sent, request.user, "Send again: it is due now.")
        text = ngettext("%(n)d notification is sent again.", "%(n)d notifications are sent again.", len(sent)) % {
            "n": len(sent)
        }
        if rest := len(chosen) - len(sent):
            on_the_way = ngettext("%(n)d is on its way already.", "%(n)d are on their way already.", rest) % {"n": rest}
            text = f"{text} {on_the_way}"
        self.message_user(request, text, messages.SUCCESS if sent else messages.WARNING)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        original = context["original"]
        context["may_resend"] = self.has_resend_permission(request) and original.state in ENDED
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("notification"), ordering="pk")
    def shown_key(self, notification: Notification) -> str:
        """The first characters of its key."""
        return f"{notification.key[:12]}…" if len(notification.key) > 13 else notification.key

    @admin.display(description=gettext_lazy("fate"), ordering="state")
    def fate(self, notification: Notification) -> str:
        """Waiting, being sent, delivered or given up."""
        return format_html(
            '<span class="badge" data-level="{}">{}</span>',
            _LEVELS.get(notification.state, "notice"),
            notification.get_state_display(),
        )

    @admin.display(description=gettext_lazy("alerts"))
    def shown_alerts(self, notification: Notification) -> str:
        """What it tells of, in a line."""
        notice = _notice(notification)
        if notice is None or not notice.alerts:
            return "–"
        more = len(notice.alerts) - 1 + notice.left_out
        return told(notice.alerts[0].title)[:80] + (f" (+{more})" if more else "")

    @admin.display(description=gettext_lazy("last answer"))
    def shown_answer(self, notification: Notification) -> str:
        """What the receiver said last."""
        return told(notification.answer) or "–"

    @admin.display(description=gettext_lazy("next try"))
    def shown_next(self, notification: Notification) -> Any:
        """When it is tried again."""
        return notification.next_try_at if notification.state == Notification.State.DUE else "–"

    @admin.display(description=gettext_lazy("tries"))
    def shown_log(self, notification: Notification) -> str:
        """Each try: when, what came of it, and how long it took."""
        rows = list(_tries(notification.log))
        return render_to_string("admin/dashboard/notification/_tries.html", {"rows": rows})

    @admin.display(description=gettext_lazy("message"))
    def shown_message(self, notification: Notification) -> str:
        """What it says, as its receiver's templates word it now."""
        notice, receiver = _notice(notification), notification.receiver
        if notice is None:
            return _("It cannot be read: it was written by another version.")
        message = worded_anyway(receiver.kind, notice, templates_of(receiver))
        return render_to_string("admin/dashboard/notification/_message.html", {"message": message})

    @admin.display(description=gettext_lazy("alerts"))
    def linked_alerts(self, notification: Notification) -> str:
        """The alerts that it tells of, each with its page."""
        rows = [
            (reverse("alert", args=[alert.pk]), told(alert.title)) for alert in notification.alerts.all()[:_MOST_ALERTS]
        ]
        links = format_html_join("", '<li><a href="{}">{}</a></li>', rows)
        return format_html('<ul class="preview__list">{}</ul>', links) if rows else "–"


def _notice(notification: Notification) -> Notice | None:
    try:
        return from_json(notification.body)
    except ValidationError:
        return None


def _tries(log: Any) -> Iterator[dict[str, Any]]:
    for each in log if isinstance(log, list) else ():
        if isinstance(each, dict):
            yield {**each, "at": parse_datetime(str(each.get("at", ""))), "detail": told(str(each.get("detail", "")))}
