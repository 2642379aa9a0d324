from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, grant

RECOVERY = [
    "streams_admin.delete_entries",
    "streams_admin.delete_consumers",
    "streams_admin.add_entries",
]
# A stream that is deleted takes its groups with it, and nothing brings them back.
LAST_RESORT = ["streams_admin.delete_streams"]


def make_roles(apps, schema_editor):
    grant(apps, schema_editor, {OPERATOR: RECOVERY, ADMINISTRATOR: RECOVERY + LAST_RESORT})


class Migration(migrations.Migration):
    dependencies = [("streams_admin", "0003_one_mechanism")]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
