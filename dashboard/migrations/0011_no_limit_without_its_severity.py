from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0010_a_limit_for_each_severity"),
    ]
    operations = [
        migrations.RemoveField(model_name="threshold", name="limit"),
        migrations.RemoveField(model_name="threshold", name="severity"),
    ]
