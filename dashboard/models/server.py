"""Watched servers."""

from typing import ClassVar

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse

from dashboard.core import target
from dashboard.core.address import LONGEST
from dashboard.core.sample import ServerState
from dashboard.models.fields import EncryptedTextField, readable


class ServerQuerySet(models.QuerySet["Server"]):
    def enabled(self) -> "ServerQuerySet":
        """Servers that samplers watch."""
        return self.filter(enabled=True)


class Server(models.Model):
    """A registered Redis deployment. What the sampler last saw of it stands in the `state` fields."""

    class Topology(models.TextChoices):
        STANDALONE = target.Topology.STANDALONE.value, "Standalone"
        SENTINEL = target.Topology.SENTINEL.value, "Sentinel"
        CLUSTER = target.Topology.CLUSTER.value, "Cluster"

    class State(models.TextChoices):
        NEW = "new", "new"
        UP = ServerState.UP.value, "up"
        LOADING = ServerState.LOADING.value, "loading"
        BUSY = ServerState.BUSY.value, "busy"
        DENIED = ServerState.DENIED.value, "denied"
        DOWN = ServerState.DOWN.value, "down"
        ERROR = ServerState.ERROR.value, "error"

    class Approval(models.TextChoices):
        NEVER = "never", "by nobody else"
        DESTROYING = "destroying", "by another operator, where something is destroyed"
        ALWAYS = "always", "by another operator, always"

    name = models.CharField(max_length=100, unique=True)
    address = models.CharField(
        max_length=LONGEST,
        help_text="redis://host:port/db, unix:///path?db=0, redis+sentinel://host:port,host:port/master/db or"
        " redis+cluster://host:port,host:port; rediss… with TLS. Credentials have fields of their own.",
    )
    topology = models.CharField(max_length=20, choices=Topology, default=Topology.STANDALONE)
    username = models.CharField(max_length=200, blank=True)
    password = EncryptedTextField(blank=True)
    acting_username = models.CharField(
        "user for actions", max_length=200, blank=True, help_text="Empty: actions sign in as watching does."
    )
    acting_password = EncryptedTextField("password for actions", blank=True)
    sentinel_username = models.CharField(max_length=200, blank=True)
    sentinel_password = EncryptedTextField(blank=True)
    tls_ca = models.TextField(
        "certificate authority", blank=True, help_text="PEM; empty trusts what this machine trusts."
    )
    tls_certificate = models.TextField("client certificate", blank=True, help_text="PEM, with its chain.")
    tls_key = EncryptedTextField("client key", blank=True)
    read_replicas = models.BooleanField(
        "sample replicas",
        default=False,
        help_text="Reads from a replica where one is in step; actions go to the master.",
    )
    environment = models.CharField(max_length=50, blank=True, help_text="For example production or staging.")
    approval = models.CharField(
        "actions are approved",
        max_length=20,
        choices=Approval,
        default=Approval.NEVER,
        help_text="Whoever plans one asks; another person with the right to both looks at the plan and lets it run.",
    )
    read_only = models.BooleanField(default=False, help_text="Refuses every action on this server.")
    sample_interval_s = models.FloatField(
        "sample interval",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1), MaxValueValidator(3600)],
        help_text="Seconds; empty takes the installation's default.",
    )
    cost_budget_percent = models.FloatField(
        "cost budget",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01), MaxValueValidator(100)],
        help_text="Percent of one core of the server that watching may cost; empty takes the installation's default.",
    )
    include = models.TextField(
        "include patterns",
        blank=True,
        default="*",
        help_text="One glob a line, as in SCAN MATCH. A key must match one.",
    )
    exclude = models.TextField("exclude patterns", blank=True, help_text="One glob a line. A key must match none.")
    enabled = models.BooleanField(default=True)

    # The token of the sampler that may write about this server: whoever holds an older one has lost the lease.
    fence = models.BigIntegerField(default=0, editable=False)
    sampler = models.CharField("sampled by", max_length=40, blank=True, editable=False)
    held_since = models.DateTimeField(null=True, editable=False)
    held_at = models.DateTimeField(null=True, editable=False, help_text="Its sampler says so every few seconds.")
    state = models.CharField(max_length=20, choices=State, default=State.NEW, editable=False)
    state_detail = models.TextField(blank=True, editable=False)
    state_since = models.DateTimeField(null=True, editable=False)
    sampled_at = models.DateTimeField(null=True, editable=False, help_text="Written every few seconds.")
    judged_at = models.DateTimeField(null=True, editable=False, help_text="Written every few seconds.")

    #: Samplers write these, each with an update of its own.
    SAMPLERS_FIELDS: ClassVar[frozenset[str]] = frozenset(
        {"fence", "sampler", "held_since", "held_at", "state", "state_detail", "state_since", "sampled_at", "judged_at"}
    )

    objects = ServerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Leaves alone what samplers write, for the row was read before one of them may have written it."""
        if not self._state.adding and not args and kwargs.get("update_fields") is None:
            theirs = self.SAMPLERS_FIELDS | self.get_deferred_fields()
            fields = [field for field in self._meta.concrete_fields if not field.primary_key]
            kwargs["update_fields"] = [field.name for field in fields if field.attname not in theirs]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("server", args=[self.pk])

    def clean(self) -> None:
        """Moves credentials out of the address, so that they are never stored in clear."""
        try:
            parsed = target.parse_address(self.address)
        except ValueError as error:
            raise ValidationError({"address": str(error)}) from None
        self.address = parsed.address
        self.username = parsed.username or self.username
        self.password = parsed.password or self.password
        self.sentinel_username = parsed.sentinel_username or self.sentinel_username
        self.sentinel_password = parsed.sentinel_password or self.sentinel_password
        self.topology = parsed.topology.value

    @property
    def is_production(self) -> bool:
        """Whether actions here want a reason: its environment is called production, prod, prod-eu …"""
        return self.environment.casefold().startswith("prod")

    @property
    def acting_target(self) -> target.Target:
        """The same for actions, as the user that may change something where one is given."""
        if not self.acting_username:
            return self.target
        return msgspec.structs.replace(
            self.target, username=self.acting_username, password=readable(self.acting_password)
        )

    @property
    def target(self) -> target.Target:
        """Where and how to connect; without a secret that our key does not open, so the server says what is missing."""
        tls = target.Tls(ca=self.tls_ca, certificate=self.tls_certificate, key=readable(self.tls_key))
        return msgspec.structs.replace(
            target.parse_address(self.address),
            username=self.username,
            password=readable(self.password),
            sentinel_username=self.sentinel_username,
            sentinel_password=readable(self.sentinel_password),
            tls=None if tls == target.Tls() else tls,
        )

    @property
    def interval_s(self) -> float:
        """Seconds from one sweep to the next."""
        return self.sample_interval_s or settings.SAMPLE_INTERVAL_S

    @property
    def budget(self) -> float:
        """The share of one core of the server that watching may cost."""
        return (self.cost_budget_percent or settings.COST_BUDGET_PERCENT) / 100

    @property
    def include_patterns(self) -> list[bytes]:
        """Globs of which a key must match one; all keys where none is set."""
        return [line.encode() for line in self.include.splitlines() if line] or [b"*"]

    @property
    def exclude_patterns(self) -> list[bytes]:
        """Globs of which a key must match none."""
        return [line.encode() for line in self.exclude.splitlines() if line]
