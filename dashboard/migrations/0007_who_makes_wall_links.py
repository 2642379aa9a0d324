from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, grant

LINKS = [f"dashboard.{verb}_walllink" for verb in ("view", "add", "change", "delete")]


def make_roles(apps, schema_editor):
    grant(apps, schema_editor, {OPERATOR: LINKS, ADMINISTRATOR: LINKS})


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0006_wall_links"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
