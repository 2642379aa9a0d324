import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dashboard.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0008_masked_fields"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Beat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Inhibition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("sources", models.JSONField(help_text="core.matchers that a source fits.")),
                ("targets", models.JSONField(help_text="core.matchers that a target fits.")),
                ("equal", models.JSONField(default=list, help_text="Names of labels.")),
                ("enabled", models.BooleanField(default=True)),
                ("pack_key", models.CharField(blank=True, editable=False, max_length=60)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="MaintenanceWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("matchers", models.JSONField(help_text="core.matchers: [{name, op, value}], all of which must fit.")),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        default=127, help_text="Monday is 1, Tuesday 2, Wednesday 4 … Sunday 64."
                    ),
                ),
                ("begins", models.TimeField()),
                (
                    "lasts_min",
                    models.PositiveIntegerField(
                        help_text="Minutes.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10080),
                        ],
                        verbose_name="lasts",
                    ),
                ),
                ("zone", models.CharField(default="UTC", help_text="For example Europe/Berlin.", max_length=60)),
                ("first_day", models.DateField(blank=True, help_text="Empty: from now on.", null=True)),
                ("last_day", models.DateField(blank=True, help_text="Empty: for ever.", null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("enabled", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Receiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "email"),
                            ("webhook", "webhook"),
                            ("apprise", "chat, SMS or push (apprise)"),
                            ("alertmanager", "Alertmanager"),
                            ("heartbeat", "heartbeat"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "address",
                    dashboard.models.fields.EncryptedTextField(help_text="Email addresses or URLs, one a line."),
                ),
                (
                    "secret",
                    dashboard.models.fields.EncryptedTextField(
                        blank=True, help_text="Of a webhook: the key that signs it."
                    ),
                ),
                (
                    "allowed_networks",
                    models.TextField(
                        blank=True, help_text="Private networks that it may be in, one CIDR a line; others are refused."
                    ),
                ),
                ("subject_template", models.TextField(blank=True, help_text="Empty: ours.")),
                ("body_template", models.TextField(blank=True, help_text="Empty: ours.")),
                ("tells_resolved", models.BooleanField(default=True, verbose_name="tells of resolved alerts")),
                (
                    "most_per_minute",
                    models.PositiveIntegerField(
                        default=20,
                        help_text="More than so many messages a minute are put together into one.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(6000),
                        ],
                    ),
                ),
                (
                    "every_s",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Of a heartbeat: seconds.",
                        validators=[
                            django.core.validators.MinValueValidator(10),
                            django.core.validators.MaxValueValidator(86400),
                        ],
                        verbose_name="every",
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("beat_at", models.DateTimeField(editable=False, null=True)),
                ("beat_error", models.CharField(blank=True, editable=False, max_length=500)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="alert",
            name="acknowledged_until",
            field=models.DateTimeField(help_text="Empty: until it resolves.", null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="began_at",
            field=models.DateTimeField(help_text="When the breach began, before the hold.", null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="comment",
            field=models.CharField(blank=True, help_text="Of who acknowledged it.", max_length=500),
        ),
        migrations.AddField(
            model_name="alert",
            name="consumer",
            field=models.BinaryField(default=b"", help_text="Empty: the group as a whole."),
        ),
        migrations.AddField(
            model_name="alert",
            name="labels",
            field=models.JSONField(
                default=dict, help_text="core.labels: what routes, silences and inhibitions look at."
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="note",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="recovering_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="runbook",
            field=dashboard.models.fields.LinkField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="alert",
            name="state",
            field=models.CharField(
                choices=[("open", "open"), ("recovering", "recovering"), ("resolved", "resolved")],
                default="open",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="worst_severity",
            field=models.CharField(
                blank=True,
                choices=[("notice", "notice"), ("warning", "warning"), ("critical", "critical")],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="worst_value",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="server",
            name="judged_at",
            field=models.DateTimeField(editable=False, help_text="Written every few seconds.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="active_days",
            field=models.PositiveSmallIntegerField(
                default=127, help_text="Monday is 1, Tuesday 2, Wednesday 4 … Sunday 64."
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="active_from",
            field=models.TimeField(blank=True, help_text="Empty: from midnight.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="active_until",
            field=models.TimeField(blank=True, help_text="Empty: until midnight.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="consumer_excludes",
            field=models.TextField(blank=True, help_text="Globs, one a line: consumers that are left out."),
        ),
        migrations.AddField(
            model_name="threshold",
            name="consumer_pattern",
            field=models.CharField(
                blank=True, default="*", help_text="A glob; for metrics of a consumer.", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="critical_clear",
            field=models.FloatField(blank=True, help_text="Empty: the limit.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="critical_limit",
            field=models.FloatField(blank=True, help_text="In the metric's unit; empty: never critical.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="function",
            field=models.CharField(
                choices=[
                    ("last", "the last value"),
                    ("average", "the average over the window"),
                    ("least", "the least of the window"),
                    ("most", "the most of the window"),
                    ("delta", "the change over the window"),
                    ("rate", "the change per second over the window"),
                ],
                default="last",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="group_excludes",
            field=models.TextField(blank=True, help_text="Globs, one a line: groups that are left out."),
        ),
        migrations.AddField(
            model_name="threshold",
            name="keep_open_s",
            field=models.FloatField(
                default=0,
                help_text="Seconds that an alert stays open after the breach has ended.",
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="keep open",
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="key_excludes",
            field=models.TextField(blank=True, help_text="Globs, one a line: keys that are left out."),
        ),
        migrations.AddField(
            model_name="threshold",
            name="labels",
            field=models.JSONField(
                blank=True, default=dict, help_text="For routes and silences, beside those of every alert."
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="note",
            field=models.TextField(blank=True, help_text="What to do, in a few words."),
        ),
        migrations.AddField(
            model_name="threshold",
            name="notice_clear",
            field=models.FloatField(blank=True, help_text="Empty: the limit.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="notice_limit",
            field=models.FloatField(blank=True, help_text="In the metric's unit; empty: no notice.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="on_error",
            field=models.CharField(
                choices=[
                    ("use", "use it as it is"),
                    ("skip", "decide nothing until it is known"),
                    ("bound", "use the worst that it can be"),
                    ("alert", "count it as beyond the gravest limit"),
                    ("fine", "count it as within the limits"),
                ],
                default="skip",
                help_text="It could not be read.",
                max_length=5,
                verbose_name="an error",
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="on_estimated",
            field=models.CharField(
                choices=[
                    ("use", "use it as it is"),
                    ("skip", "decide nothing until it is known"),
                    ("bound", "use the worst that it can be"),
                    ("alert", "count it as beyond the gravest limit"),
                    ("fine", "count it as within the limits"),
                ],
                default="use",
                help_text="For example ≈ 40.",
                max_length=5,
                verbose_name="an estimated value",
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="on_no_data",
            field=models.CharField(
                choices=[
                    ("use", "use it as it is"),
                    ("skip", "decide nothing until it is known"),
                    ("bound", "use the worst that it can be"),
                    ("alert", "count it as beyond the gravest limit"),
                    ("fine", "count it as within the limits"),
                ],
                default="skip",
                help_text="Nothing was sampled.",
                max_length=5,
                verbose_name="no data",
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="on_unknown",
            field=models.CharField(
                choices=[
                    ("use", "use it as it is"),
                    ("skip", "decide nothing until it is known"),
                    ("bound", "use the worst that it can be"),
                    ("alert", "count it as beyond the gravest limit"),
                    ("fine", "count it as within the limits"),
                ],
                default="skip",
                help_text="For example a lag.",
                max_length=5,
                verbose_name="an unknown value",
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="pack_key",
            field=models.CharField(blank=True, editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name="threshold",
            name="runbook",
            field=dashboard.models.fields.LinkField(
                blank=True, help_text="What to do: a link that stands in its alerts.", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="states",
            field=models.JSONField(blank=True, default=list, help_text="Of “in one of the states”: which."),
        ),
        migrations.AddField(
            model_name="threshold",
            name="tag",
            field=models.CharField(
                blank=True, help_text="Streams that have this tag; empty: with any or none.", max_length=100
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="warning_clear",
            field=models.FloatField(blank=True, help_text="Empty: the limit.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="warning_limit",
            field=models.FloatField(blank=True, help_text="In the metric's unit; empty: no warning.", null=True),
        ),
        migrations.AddField(
            model_name="threshold",
            name="window_s",
            field=models.FloatField(
                default=0,
                help_text="Seconds that the function looks back.",
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="window",
            ),
        ),
        migrations.AddField(
            model_name="threshold",
            name="zone",
            field=models.CharField(
                default="UTC", help_text="Of the active hours, for example Europe/Berlin.", max_length=60
            ),
        ),
        migrations.AlterField(
            model_name="alert",
            name="metric",
            field=models.CharField(
                choices=[
                    ("length", "length (entries)"),
                    ("added_per_s", "added per second"),
                    ("memory_bytes", "memory of a stream (bytes)"),
                    ("no_data_s", "no data from a stream for (seconds)"),
                    ("lag", "lag of a group (entries)"),
                    ("time_lag_s", "time lag of a group (seconds)"),
                    ("pending", "pending of a group (entries)"),
                    ("delivered_per_s", "delivered per second to a group"),
                    ("acked_per_s", "acknowledged per second by a group"),
                    ("oldest_pending_s", "oldest unacknowledged of a group (seconds)"),
                    ("deliveries", "most deliveries of a pending entry"),
                    ("ghosts", "ghosts of a group (entries)"),
                    ("lost", "lost before delivery to a group (entries)"),
                    ("drain_s", "time until a group is caught up (seconds)"),
                    ("live_consumers", "live consumers of a group"),
                    ("dead_consumers", "dead consumers of a group, with pending entries"),
                    ("group_state_s", "a group in one of the states for (seconds)"),
                    ("consumer_idle_s", "consumer idle for (seconds)"),
                    ("consumer_pending", "pending of a consumer (entries)"),
                    ("server_unreachable_s", "server unreachable for (seconds)"),
                    ("data_age_s", "age of a server's data (seconds)"),
                    ("server_memory_bytes", "used memory of a server (bytes)"),
                    ("server_memory_percent", "used memory of a server (percent of its limit)"),
                    ("memory_full_in_s", "time until a server's memory is full (seconds)"),
                    ("evicted_per_s", "evicted keys per second on a server"),
                    ("rejected_per_s", "rejected connections per second on a server"),
                    ("clients_percent", "clients of a server (percent of its limit)"),
                    ("replicas", "replicas of a server in step"),
                    ("replication_lag_bytes", "replication lag of the last replica (bytes)"),
                    ("replication_lag_s", "replication lag of the last replica (seconds)"),
                    ("aof_failing_s", "append-only file failing for (seconds)"),
                    ("rdb_failing_s", "snapshots failing for (seconds)"),
                    ("rdb_age_s", "age of a server's last snapshot (seconds)"),
                    ("watchdog", "always open: proves that alerts arrive"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="threshold",
            name="metric",
            field=models.CharField(
                choices=[
                    ("length", "length (entries)"),
                    ("added_per_s", "added per second"),
                    ("memory_bytes", "memory of a stream (bytes)"),
                    ("no_data_s", "no data from a stream for (seconds)"),
                    ("lag", "lag of a group (entries)"),
                    ("time_lag_s", "time lag of a group (seconds)"),
                    ("pending", "pending of a group (entries)"),
                    ("delivered_per_s", "delivered per second to a group"),
                    ("acked_per_s", "acknowledged per second by a group"),
                    ("oldest_pending_s", "oldest unacknowledged of a group (seconds)"),
                    ("deliveries", "most deliveries of a pending entry"),
                    ("ghosts", "ghosts of a group (entries)"),
                    ("lost", "lost before delivery to a group (entries)"),
                    ("drain_s", "time until a group is caught up (seconds)"),
                    ("live_consumers", "live consumers of a group"),
                    ("dead_consumers", "dead consumers of a group, with pending entries"),
                    ("group_state_s", "a group in one of the states for (seconds)"),
                    ("consumer_idle_s", "consumer idle for (seconds)"),
                    ("consumer_pending", "pending of a consumer (entries)"),
                    ("server_unreachable_s", "server unreachable for (seconds)"),
                    ("data_age_s", "age of a server's data (seconds)"),
                    ("server_memory_bytes", "used memory of a server (bytes)"),
                    ("server_memory_percent", "used memory of a server (percent of its limit)"),
                    ("memory_full_in_s", "time until a server's memory is full (seconds)"),
                    ("evicted_per_s", "evicted keys per second on a server"),
                    ("rejected_per_s", "rejected connections per second on a server"),
                    ("clients_percent", "clients of a server (percent of its limit)"),
                    ("replicas", "replicas of a server in step"),
                    ("replication_lag_bytes", "replication lag of the last replica (bytes)"),
                    ("replication_lag_s", "replication lag of the last replica (seconds)"),
                    ("aof_failing_s", "append-only file failing for (seconds)"),
                    ("rdb_failing_s", "snapshots failing for (seconds)"),
                    ("rdb_age_s", "age of a server's last snapshot (seconds)"),
                    ("watchdog", "always open: proves that alerts arrive"),
                ],
                max_length=30,
            ),
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                (
                    "position",
                    models.PositiveIntegerField(default=100, help_text="Routes are asked from the lowest on."),
                ),
                (
                    "matchers",
                    models.JSONField(blank=True, default=list, help_text="core.matchers; none fits every alert."),
                ),
                (
                    "group_by",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Names of labels; alerts with the same values share a message.",
                    ),
                ),
                (
                    "group_wait_s",
                    models.PositiveIntegerField(
                        default=10, help_text="Seconds before a group's first message.", verbose_name="group wait"
                    ),
                ),
                (
                    "group_interval_s",
                    models.PositiveIntegerField(
                        default=300, help_text="Seconds between a group's messages.", verbose_name="group interval"
                    ),
                ),
                (
                    "repeat_s",
                    models.PositiveIntegerField(
                        default=14400, help_text="Seconds until it is said again; 0: never.", verbose_name="repeat"
                    ),
                ),
                (
                    "goes_on",
                    models.BooleanField(
                        default=False, help_text="Also asks the routes after it.", verbose_name="goes on"
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("pack_key", models.CharField(blank=True, editable=False, max_length=60)),
                ("receivers", models.ManyToManyField(blank=True, related_name="routes", to="dashboard.receiver")),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="NotificationGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("labels", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("told", models.JSONField(default=dict, help_text="By alert: what was said of it last.")),
                ("sequence", models.PositiveIntegerField(default=0)),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="dashboard.receiver"
                    ),
                ),
                (
                    "route",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="dashboard.route"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Silence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("matchers", models.JSONField(help_text="core.matchers: [{name, op, value}], all of which must fit.")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("made_at", models.DateTimeField(editable=False)),
                (
                    "author",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="silences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-ends_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ThresholdMemory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("tracks", models.BinaryField(default=b"")),
                (
                    "pending",
                    models.PositiveIntegerField(
                        default=0, help_text="Subjects beyond a limit, not yet for as long as the hold."
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memories", to="dashboard.server"
                    ),
                ),
                (
                    "threshold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memories", to="dashboard.threshold"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AlertEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "opened"),
                            ("escalated", "became graver"),
                            ("eased", "became less grave"),
                            ("recovering", "recovering"),
                            ("relapsed", "open again"),
                            ("resolved", "resolved"),
                            ("acknowledged", "acknowledged"),
                            ("unacknowledged", "no longer acknowledged"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "severity",
                    models.CharField(
                        choices=[("notice", "notice"), ("warning", "warning"), ("critical", "critical")], max_length=10
                    ),
                ),
                ("value", models.FloatField(null=True)),
                ("text", models.CharField(blank=True, help_text="A sentence, without payloads.", max_length=500)),
                ("routed_at", models.DateTimeField(null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="dashboard.alert"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(condition=models.Q(("routed_at", None)), fields=["id"], name="alert_event_unrouted")
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dashboard.alert"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="dashboard.notificationgroup",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("group", "alert"), name="one_membership_an_alert")],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("alerts", "alerts"), ("digest", "digest")], default="alerts", max_length=10
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("body", models.JSONField(help_text="core.notice: what it tells.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "waiting"),
                            ("sending", "being sent"),
                            ("delivered", "delivered"),
                            ("dead", "given up"),
                        ],
                        default="due",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                (
                    "answer",
                    models.CharField(blank=True, help_text="The last try's outcome, without secrets.", max_length=500),
                ),
                (
                    "log",
                    models.JSONField(
                        default=list, help_text="Of each try: when, what came of it, and how long it took."
                    ),
                ),
                ("alerts", models.ManyToManyField(blank=True, related_name="notifications", to="dashboard.alert")),
                (
                    "groups",
                    models.ManyToManyField(blank=True, related_name="notifications", to="dashboard.notificationgroup"),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="dashboard.receiver",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "permissions": [("resend_notification", "Can send notifications again")],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["due", "sending"])),
                        fields=["next_try_at"],
                        name="notification_unsent",
                    ),
                    models.Index(fields=["receiver", "-made_at"], name="notification_of_receiver"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="notificationgroup",
            index=models.Index(fields=["due_at"], name="notification_group_due"),
        ),
        migrations.AddConstraint(
            model_name="notificationgroup",
            constraint=models.UniqueConstraint(
                fields=("route", "receiver", "digest"), name="one_group_a_route_and_receiver"
            ),
        ),
        migrations.AddConstraint(
            model_name="silence",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gte", models.F("starts_at"))), name="silence_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdmemory",
            constraint=models.UniqueConstraint(
                fields=("threshold", "server"), name="one_memory_a_threshold_and_server"
            ),
        ),
    ]
