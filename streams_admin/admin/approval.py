"""Plans that wait for another operator in the admin: to be found and looked at; their own page takes the answer."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from streams_admin.models import Approval
from streams_admin.remedies import facts_of, remedy_of


@admin.register(Approval)
class ApprovalAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who asked for what, and who answered."""

    list_display = ("what", "where", "asked_by_name", "asked_at", "shown_state", "answered_by_name", "comment")
    list_filter = ("state", "asked_at")
    list_select_related = ("plan__stream__server",)
    list_display_links = None
    search_fields = ("asked_by_name", "answered_by_name", "why", "comment")
    date_hierarchy = "asked_at"
    actions = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Approval | None = None) -> bool:
        return False

    @admin.display(description=_("plan"))
    def what(self, approval: Approval) -> str:
        """What was asked, with a link to where it is answered."""
        title = remedy_of(approval.plan.kind).title(facts_of(approval.plan))
        return format_html('<a href="{}">{}</a>', approval.get_absolute_url(), title)

    @admin.display(description=_("stream"))
    def where(self, approval: Approval) -> str:
        """Server and key."""
        stream = approval.plan.stream
        return f"{stream.server.name}: {stream.display_key[:100]}"

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, approval: Approval) -> str:
        """The state as it must be read now."""
        if approval.state == Approval.State.ASKED and not approval.waits(timezone.now()):
            return gettext("nobody answered in time")
        return approval.get_state_display()
