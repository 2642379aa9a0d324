from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, VIEWER, grant

AUDIT = ["streams_admin.view_action"]
# Operators are staff: what they do, they do under /admin/.
RECOVERY = [
    "streams_admin.claim_entries",
    "streams_admin.acknowledge_entries",
    "streams_admin.trim_stream",
    "streams_admin.manage_groups",
]


def make_roles(apps, schema_editor):
    grant(apps, schema_editor, {VIEWER: AUDIT, OPERATOR: AUDIT + RECOVERY, ADMINISTRATOR: AUDIT + RECOVERY})


class Migration(migrations.Migration):
    dependencies = [
        ("streams_admin", "0001_initial"),
        ("dashboard", "0002_roles"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
