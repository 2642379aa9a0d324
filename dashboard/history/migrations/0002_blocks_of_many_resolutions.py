"""A journal, blocks of several resolutions, and how far they are rolled up. The old blocks, of two hours, are dropped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]

    operations = [
        migrations.DeleteModel("HistoryBlock"),
        migrations.CreateModel(
            name="HistoryBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SmallIntegerField(help_text="1 a stream with its groups, 2 a server.")),
                ("subject", models.BigIntegerField(help_text="The primary key of the stream or server.")),
                ("resolution", models.IntegerField(help_text="Seconds from point to point; 0, every sample.")),
                ("starts_at", models.BigIntegerField()),
                (
                    "ends_at",
                    models.BigIntegerField(
                        help_text="Of samples the last one's time, else the end of the span, exclusive."
                    ),
                ),
                ("points", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["resolution", "ends_at"], name="block_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "subject", "resolution", "starts_at"), name="one_block_a_span"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "shelf",
                    models.BigIntegerField(
                        help_text="Which streams: their ids divided by 64; below 0, the server of that id."
                    ),
                ),
                ("server_id", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("body", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="journal_oldest")],
                "constraints": [
                    models.UniqueConstraint(fields=("shelf", "server_id", "at"), name="one_entry_a_sample")
                ],
            },
        ),
        migrations.CreateModel(
            name="RollUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SmallIntegerField()),
                ("subject", models.BigIntegerField()),
                ("resolution", models.IntegerField()),
                ("server_id", models.BigIntegerField()),
                ("until", models.BigIntegerField(help_text="Whatever lies before is rolled up.")),
                ("ends_at", models.BigIntegerField(help_text="The end of the span that comes next.")),
                ("due_at", models.BigIntegerField(help_text="When that span is looked at.")),
            ],
            options={
                "indexes": [models.Index(fields=["due_at"], name="roll_up_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "subject", "resolution"), name="one_roll_up_a_resolution")
                ],
            },
        ),
    ]
