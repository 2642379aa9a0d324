"""Policies in the admin: what they would do stands beside the form, before anything is saved or switched on."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboard.core.glob import problem as pattern_problem
from dashboard.told import told
from streams_admin.admin.previewed import PreviewedAdmin
from streams_admin.admin.threshold.fields import QuantityField
from streams_admin.models import Policy
from streams_admin.policies.intents import Intent, intents_of
from streams_admin.policies.rounds import done_since, start_again
from streams_admin.sections import Item, Section
from streams_admin.wording import number

_MOST_STREAMS = 20  # that a dry run looks at
_WHAT = ("does", "server", "key_pattern", "group_pattern")
_HOW = ("keep_length", "keep_s", "unsafe", "idle_s", "consumer", "deliveries", "dead_letter_key")
_BOUNDS = ("every_s", "most_per_run", "most_per_hour")


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A policy. Times are typed as `5 min` or `30 d`, too."""

    keep_s = QuantityField(unit="s", label="Time to keep", help_text="For example 7 d. Older entries go.")
    idle_s = QuantityField(unit="s", label="Idle for", help_text="For example 10 min. Longer ones are claimed.")
    every_s = QuantityField(unit="s", label="Runs every", required=True, help_text="From 5 s to 7 d.", initial=60)

    class Meta:
        model = Policy
        fields = ("name", "enabled", *_WHAT, *_HOW, *_BOUNDS)
        # The stock boxes show four digits.
        widgets = dict.fromkeys(
            ("most_per_run", "most_per_hour"), forms.NumberInput(attrs={"class": "vBigIntegerField"})
        )

    def clean_key_pattern(self) -> str:
        return _checked(self.cleaned_data["key_pattern"])

    def clean_group_pattern(self) -> str:
        return _checked(self.cleaned_data["group_pattern"])


def _checked(pattern: str) -> str:
    if problem := pattern_problem(pattern):
        raise ValidationError(f"{pattern[:60]}: {problem}")
    return pattern


@admin.register(Policy)
class PolicyAdmin(PreviewedAdmin):
    """Policies."""

    form = PolicyForm
    previewed = (*_WHAT, *_HOW, *_BOUNDS)
    preview_title = gettext_lazy("What it would do now")
    list_display = ("name", "does", "key_pattern", "shown_state", "ran_at", "done_today", "its_actions")
    list_filter = ("does", "enabled", ("stopped_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "key_pattern")
    search_help_text = "Name or pattern"
    readonly_fields = ("shown_state", "ran_at", "trouble", "its_actions")
    actions = ("start_them_again",)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "does", "server", "key_pattern", "group_pattern")}),
        ("Trim old entries", {"fields": (("keep_length", "keep_s"), "unsafe")}),
        ("Claim idle entries", {"fields": ("idle_s", "consumer")}),
        ("Dead letters", {"fields": ("deliveries", "dead_letter_key")}),
        ("Bounds", {"fields": (_BOUNDS,)}),
        ("How it goes", {"fields": ("shown_state", "ran_at", "trouble", "its_actions")}),
    )

    def sections(self, values: Mapping[str, Any], request: HttpRequest) -> list[Section]:
        policy = Policy(**{name: values[name] for name in self.previewed if name in values})
        try:
            policy.clean()
        except ValidationError as error:
            return [Section(_("Not complete yet"), told(text), "warning") for text in error.messages]
        if not policy.key_pattern:
            return [Section(_("Not complete yet"), _("Give a pattern of keys."), "warning")]
        return [_found(policy)]

    @admin.display(description="state", ordering="stopped_at")
    def shown_state(self, policy: Policy) -> str:
        """Off, on, or stopped and why."""
        if policy.stopped_at:
            return format_html("<b>{}</b> {}", _("stopped"), policy.stopped_why)
        return _("on") if policy.enabled else _("off")

    @admin.display(description="entries in 24 hours")
    def done_today(self, policy: Policy) -> str:
        """Entries that it changed in the last 24 hours."""
        return number(done_since(policy, timezone.now() - timedelta(days=1)))

    @admin.display(description="its actions")
    def its_actions(self, policy: Policy) -> str:
        """What it did, in the audit."""
        if not policy.pk:
            return "–"
        url = reverse("admin:streams_admin_action_changelist")
        return format_html('<a href="{}?policy={}">{}</a>', url, policy.name, _("What it did"))

    @admin.action(description="Start stopped policies again", permissions=["change"])
    def start_them_again(self, request: HttpRequest, policies: QuerySet[Policy]) -> None:
        """Lets them go on; their alerts resolve."""
        stopped = list(policies.exclude(stopped_at=None))
        for policy in stopped:
            start_again(policy, timezone.now())
            self.log_change(request, policy, "Started again.")
        text = ngettext("%(n)d policy was started again.", "%(n)d policies were started again.", len(stopped))
        messages.success(request, text % {"n": len(stopped)})


def _found(policy: Policy) -> Section:
    streams = policy.streams()
    looked = streams[:_MOST_STREAMS]
    intents = [intent for stream in looked for intent in intents_of(policy, stream)]
    text = ngettext("Its pattern fits %(n)d watched stream.", "Its pattern fits %(n)d watched streams.", len(streams))
    text = text % {"n": len(streams)}
    if len(streams) > len(looked):
        text += " " + _("Looked at the first %(n)d.") % {"n": len(looked)}
    if not intents:
        return Section(_("Nothing to do"), text, "" if streams else "warning")
    entries = sum(intent.entries for intent in intents)
    title = ngettext("It would act on %(n)s entry", "It would act on %(n)s entries", entries) % {"n": number(entries)}
    return Section(title, text, items=tuple(_item(policy, intent) for intent in islice(intents, _MOST_STREAMS)))


def _item(policy: Policy, intent: Intent) -> Item:
    key = intent.stream.display_key[:100]
    if intent.trouble:
        return Item(f"{key}: {told(intent.trouble)}", "warning", _("trouble"))
    if intent.entries > policy.most_per_run:
        return Item(f"{key}: {told(intent.title)}", "critical", _("would stop it"), intent.stream.get_absolute_url())
    return Item(f"{key}: {told(intent.title)}", url=intent.stream.get_absolute_url())
