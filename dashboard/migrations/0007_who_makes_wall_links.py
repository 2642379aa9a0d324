from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, grant

LINKS = [f"dashboard.{verb}_walllink" for verb in ("view", "add", "change", "delete")]


def let_operators_make_links(apps, schema_editor):
    grant(apps, schema_editor, {OPERATOR: LINKS, ADMINISTRATOR: LINKS})


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0006_wall_links"),
    ]
    operations = [migrations.RunPython(let_operators_make_links, migrations.RunPython.noop)]
