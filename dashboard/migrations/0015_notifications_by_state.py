from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0014_what_the_pack_has_brought"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["state", "receiver", "-made_at"], name="notification_by_state"),
        ),
    ]
