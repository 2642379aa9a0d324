from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, grant

APPROVING = ["streams_admin.approve_actions", "streams_admin.view_approval"]
BOUNDING = [f"streams_admin.{verb}_bound" for verb in ("view", "add", "change", "delete")]


def make_roles(apps, schema_editor):
    grant(apps, schema_editor, {OPERATOR: APPROVING, ADMINISTRATOR: [*APPROVING, *BOUNDING]})


class Migration(migrations.Migration):
    dependencies = [("streams_admin", "0012_access")]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
