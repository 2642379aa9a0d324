from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, grant

BACKUPS = ["streams_admin.export_streams", "streams_admin.restore_streams", "streams_admin.view_backup"]


def make_roles(apps, schema_editor):
    grant(
        apps,
        schema_editor,
        {OPERATOR: BACKUPS, ADMINISTRATOR: [*BACKUPS, "streams_admin.delete_backup"]},
    )


class Migration(migrations.Migration):
    dependencies = [("streams_admin", "0009_backups")]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
