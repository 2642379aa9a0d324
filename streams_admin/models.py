"""The audit: what operators planned and did."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from dashboard.core import names
from dashboard.models import Server, Stream


class Kind(models.TextChoices):
    """What an operator can do to a stream of a watched server."""

    CLAIM = "claim", "claim"
    GIVE_BACK = "give_back", "give back"
    RESET_IDLE = "reset_idle", "reset idle"
    ACKNOWLEDGE = "acknowledge", "acknowledge"
    ACKNOWLEDGE_DELETE = "acknowledge_delete", "acknowledge and delete"
    DEAD_LETTER = "dead_letter", "dead letter"
    PURGE_GHOSTS = "purge_ghosts", "purge ghosts"
    TRIM = "trim", "trim"
    CREATE_GROUP = "create_group", "create group"
    SET_GROUP_ID = "set_group_id", "set group id"
    REPAIR_GROUP = "repair_group", "repair group"
    DESTROY_GROUP = "destroy_group", "destroy group"
    CREATE_CONSUMER = "create_consumer", "create consumer"
    REMOVE_CONSUMER = "remove_consumer", "remove consumer"
    APPEND_ENTRY = "append_entry", "append entry"
    DELETE_ENTRIES = "delete_entries", "delete entries"
    DELETE_STREAM = "delete_stream", "delete stream"
    REPLAY = "replay", "replay"
    EXPORT = "export", "back up"
    RESTORE = "restore", "restore"


_CLAIM, _GROUPS = "streams_admin.claim_entries", "streams_admin.manage_groups"

#: The right that each kind needs; checked in the action itself, whatever page it came from.
PERMISSIONS = {
    Kind.CLAIM: _CLAIM,
    Kind.GIVE_BACK: _CLAIM,
    Kind.RESET_IDLE: _CLAIM,
    Kind.ACKNOWLEDGE: "streams_admin.acknowledge_entries",
    Kind.ACKNOWLEDGE_DELETE: "streams_admin.delete_entries",
    Kind.DEAD_LETTER: "streams_admin.acknowledge_entries",
    Kind.PURGE_GHOSTS: "streams_admin.acknowledge_entries",
    Kind.TRIM: "streams_admin.trim_stream",
    Kind.CREATE_GROUP: _GROUPS,
    Kind.SET_GROUP_ID: _GROUPS,
    Kind.REPAIR_GROUP: _GROUPS,
    Kind.DESTROY_GROUP: _GROUPS,
    Kind.CREATE_CONSUMER: _GROUPS,
    Kind.REMOVE_CONSUMER: "streams_admin.delete_consumers",
    Kind.APPEND_ENTRY: "streams_admin.add_entries",
    Kind.DELETE_ENTRIES: "streams_admin.delete_entries",
    Kind.DELETE_STREAM: "streams_admin.delete_streams",
    Kind.REPLAY: "streams_admin.add_entries",
    Kind.EXPORT: "streams_admin.export_streams",
    Kind.RESTORE: "streams_admin.restore_streams",
}


class Plan(models.Model):
    """A previewed effect: frozen facts, usable once and for five minutes."""

    LIFETIME = timedelta(minutes=5)

    token = models.CharField(max_length=43, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="plans")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="plans")
    facts = models.JSONField(help_text="streams_admin.facts: exactly what was shown.")
    undoes = models.ForeignKey(
        "Action", null=True, on_delete=models.CASCADE, related_name="undo_plans", help_text="What it takes back."
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.stream}"

    def get_absolute_url(self) -> str:
        return reverse("admin:streams_admin_plan", args=[self.token])

    def expired(self, now: datetime) -> bool:
        """Whether too much time has passed since the preview."""
        return now >= self.expires_at


class ActionQuerySet(models.QuerySet["Action"]):
    def of_policy(self, name: str) -> "ActionQuerySet":
        """What the policy of that name did."""
        return self.filter(policy=name)

    def recent(self) -> "ActionQuerySet":
        """Newest first, with what a list of them shows."""
        return self.select_related("plan", "stream").defer("facts", "outcome", "commands", "plan__facts")

    def unsettled(self, now: datetime) -> "ActionQuerySet":
        """Those that did not come to their end: no answer, ended in the middle, or cancelled."""
        overdue = models.Q(state=Action.State.STARTED, heard_at__lt=now - Action.PATIENCE)
        return self.filter(overdue | models.Q(state__in=Action.UNSETTLED))


class Action(models.Model):
    """One operator command and its outcome: the audit row. It is committed before the first write is sent.

    The names of server, key and operator stand in it as they were, so that it outlives them.
    """

    class State(models.TextChoices):
        STARTED = "started", "started"
        DONE = "done", "done"
        REFUSED = "refused", "refused"  # nothing was written
        FAILED = "failed", "failed"  # the server said no; what was done before that stands in the outcome
        UNKNOWN = "unknown", "unknown"  # the server did not answer: it may have been done
        INTERRUPTED = "interrupted", "interrupted"  # we ended in the middle
        CANCELLED = "cancelled", "cancelled"  # somebody stopped it; what was done before that stands in the outcome

    #: States that going on settles: what was done counts as done, what was not is done then.
    UNSETTLED = frozenset({State.UNKNOWN, State.INTERRUPTED, State.CANCELLED})
    #: An action that has said nothing for longer is taken for interrupted.
    PATIENCE = timedelta(seconds=30)

    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.STARTED)
    reason = models.TextField(blank=True, help_text="Why it was refused, failed or is unknown.")
    why = models.CharField("given reason", max_length=500, blank=True, help_text="What the operator said it is for.")
    policy = models.CharField(
        max_length=100, blank=True, help_text="The policy that did it, where nobody asked for it."
    )
    # One plan, one action: of two operators, or two clicks, on the same plan the database lets one through.
    plan = models.OneToOneField(Plan, null=True, on_delete=models.SET_NULL, related_name="action")
    server = models.ForeignKey(Server, null=True, on_delete=models.SET_NULL, related_name="actions")
    server_name = models.CharField(max_length=100)
    stream = models.ForeignKey(Stream, null=True, on_delete=models.SET_NULL, related_name="actions")
    key = models.BinaryField()
    key_digest = models.CharField(max_length=64, editable=False)
    group = models.BinaryField(default=b"", help_text="Empty: the stream as a whole.")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="actions")
    operator_name = models.CharField(max_length=150)
    approved_by = models.CharField(
        max_length=150, blank=True, help_text="The second pair of eyes, where the server wants one."
    )
    address = models.GenericIPAddressField("from address", null=True)
    title = models.CharField(max_length=500, help_text="What was asked, in one line.")
    facts = models.JSONField(default=dict, help_text="The plan as it was shown.")
    commands = models.TextField(blank=True)
    outcome = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, help_text="When it was last gone on with.")
    # Whoever goes on with an action takes the next number; an earlier run that wakes up late may not write any more.
    run = models.PositiveIntegerField(default=1, editable=False)
    heard_at = models.DateTimeField(
        default=timezone.now, help_text="When whoever carries it out last said how far it is."
    )
    cancel_asked_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=150, blank=True)
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undone_by")
    finished_at = models.DateTimeField(null=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at", "-pk"]
        default_permissions = ("view",)
        permissions = [  # noqa: RUF012
            ("claim_entries", "Can claim pending entries"),
            ("acknowledge_entries", "Can acknowledge pending entries"),
            ("trim_stream", "Can trim streams"),
            ("manage_groups", "Can manage consumer groups"),
            ("delete_entries", "Can delete entries of streams"),
            ("delete_consumers", "Can delete consumers"),
            ("delete_streams", "Can delete streams"),
            ("add_entries", "Can add entries to streams"),
            ("export_streams", "Can back up streams"),
            ("restore_streams", "Can restore streams"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["server_name", "key_digest", "-started_at"], name="action_of_a_stream")
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the digest in step with the key."""
        self.key_digest = names.digest(bytes(self.key))
        super().save(*args, **kwargs)

    @property
    def display_key(self) -> str:
        """The key as text, escaped where it is not printable UTF-8."""
        return names.display(bytes(self.key))

    @property
    def display_group(self) -> str:
        """The group as text, escaped where it is not printable UTF-8; empty where there is none."""
        return names.display(bytes(self.group))

    def state_at(self, now: datetime) -> str:
        """The state as it must be read at `now`: what has been started for too long was interrupted."""
        overdue = self.state == self.State.STARTED and now - self.heard_at > self.PATIENCE
        return self.State.INTERRUPTED if overdue else self.State(self.state)

    def unsettled(self, now: datetime) -> bool:
        """Whether nobody knows what it came to, so that checking again helps."""
        return self.state_at(now) in self.UNSETTLED


# Last, for it needs what stands above: Django finds models in this module.
from streams_admin.access.approval import Approval  # noqa: E402
from streams_admin.access.bound import Bound  # noqa: E402
from streams_admin.audit.entry import AuditEntry  # noqa: E402
from streams_admin.backup.model import Backup  # noqa: E402
from streams_admin.policies.model import Policy  # noqa: E402

__all__ = [
    "PERMISSIONS",
    "Action",
    "ActionQuerySet",
    "Approval",
    "AuditEntry",
    "Backup",
    "Bound",
    "Kind",
    "Plan",
    "Policy",
]
