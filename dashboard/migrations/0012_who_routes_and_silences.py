from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, VIEWER, grant

SEEN_BY_ALL = [f"dashboard.view_{model}" for model in ("alertevent", "silence", "maintenancewindow")]
SILENCED = [
    f"dashboard.{verb}_{model}" for model in ("silence", "maintenancewindow") for verb in ("add", "change", "delete")
]
ROUTED = [f"dashboard.view_{model}" for model in ("route", "receiver", "inhibition", "notification")]
SENT_AGAIN = ["dashboard.resend_notification"]
CONFIGURED = [
    f"dashboard.{verb}_{model}" for model in ("route", "receiver", "inhibition") for verb in ("add", "change", "delete")
]


def make_roles(apps, schema_editor):
    operated = SEEN_BY_ALL + SILENCED + ROUTED + SENT_AGAIN
    grant(apps, schema_editor, {VIEWER: SEEN_BY_ALL, OPERATOR: operated, ADMINISTRATOR: operated + CONFIGURED})


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0011_no_limit_without_its_severity"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
