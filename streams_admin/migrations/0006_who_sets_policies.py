from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, VIEWER, grant

LOOK = ["streams_admin.view_policy"]
SET = [f"streams_admin.{verb}_policy" for verb in ("add", "change", "delete")]


def make_roles(apps, schema_editor):
    grant(apps, schema_editor, {VIEWER: LOOK, OPERATOR: LOOK, ADMINISTRATOR: LOOK + SET})


class Migration(migrations.Migration):
    dependencies = [("streams_admin", "0005_policies")]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
