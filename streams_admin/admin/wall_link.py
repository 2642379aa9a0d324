"""Links to the wallboard in the admin: made, shown, revoked."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dashboard.core.listing import parse, query_of
from dashboard.models import WallLink


class WallLinkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A link, whose view and end make sense."""

    class Meta:
        model = WallLink
        fields = ("name", "view", "ends_at")

    def clean_view(self) -> str:
        """The view as the overview writes it; an address that was pasted whole is cut to what counts."""
        view, unknown = parse(self.cleaned_data["view"].rpartition("?")[2])
        if unknown:
            names = ", ".join(f"{what} “{value}”" for what, value in unknown)
            raise forms.ValidationError(
                gettext(
                    "No view has %(names)s. Open the overview, filter it, and copy what stands after the “?” in its address."
                )
                % {"names": names}
            )
        return query_of(view)

    def clean_ends_at(self) -> Any:
        """An end that is still to come."""
        if self.cleaned_data["ends_at"] <= timezone.now():
            raise forms.ValidationError(gettext("This moment is over: a link ends in the future."))
        return self.cleaned_data["ends_at"]


@admin.register(WallLink)
class WallLinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Links that open the wallboard without an account."""

    form = WallLinkForm
    list_display = ("name", "state", "ends_at", "made_by", "address")
    list_select_related = ("made_by",)
    actions = ("revoke",)
    readonly_fields = ("address", "state", "made_by")

    def save_model(self, request: HttpRequest, obj: WallLink, form: Any, change: bool) -> None:
        if not change:
            obj.made_by = request.user  # type: ignore[assignment]  # whoever is in the admin is signed in
        super().save_model(request, obj, form, change)

    @admin.display(description=_("address"))
    def address(self, link: WallLink) -> str:
        """The link itself; whoever has it sees the wallboard."""
        if link.pk is None:
            return gettext("Shown once it is saved.")
        path = reverse("linked_wall", args=[link.token])
        return format_html('<a href="{}">{}</a>', path, gettext("Open the wallboard"))

    @admin.display(description=_("state"))
    def state(self, link: WallLink) -> str:
        """Whether it opens the wallboard."""
        if link.revoked_at:
            return gettext("revoked")
        return gettext("open") if link.ends_at > timezone.now() else gettext("ended")

    @admin.action(description=_("Revoke the selected links"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[WallLink]) -> None:
        """Ends them now, also on screens that show them."""
        done = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        text = ngettext("%(n)d link was revoked.", "%(n)d links were revoked.", done) % {"n": done}
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
