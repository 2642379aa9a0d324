from django.db import migrations

from dashboard.roles import ADMINISTRATOR, OPERATOR, VIEWER, grant

SEEN_BY_ALL = [f"dashboard.view_{model}" for model in ("server", "stream", "threshold", "alert")]
OPERATED = ["dashboard.view_payload", "dashboard.acknowledge_alert"]
CONFIGURED = [
    f"dashboard.{verb}_{model}" for model in ("server", "stream", "threshold") for verb in ("add", "change", "delete")
]
PEOPLE = [f"auth.{verb}_user" for verb in ("view", "add", "change", "delete")] + ["auth.view_group"]


def make_roles(apps, schema_editor):
    grant(
        apps,
        schema_editor,
        {
            VIEWER: SEEN_BY_ALL,
            OPERATOR: SEEN_BY_ALL + OPERATED,
            ADMINISTRATOR: SEEN_BY_ALL + OPERATED + CONFIGURED + PEOPLE,
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
