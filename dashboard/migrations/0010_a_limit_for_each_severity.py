from django.db import migrations
from django.db.models import F


def move(apps, schema_editor):
    alias = schema_editor.connection.alias
    thresholds = apps.get_model("dashboard", "Threshold").objects.using(alias)
    for severity in ("notice", "warning", "critical"):
        thresholds.filter(severity=severity).update(**{f"{severity}_limit": F("limit")})
    alerts = apps.get_model("dashboard", "Alert").objects.using(alias)
    alerts.update(worst_severity=F("severity"), worst_value=F("opened_value"), began_at=F("opened_at"))
    alerts.exclude(resolved_at=None).update(state="resolved")


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0009_alerting"),
    ]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
