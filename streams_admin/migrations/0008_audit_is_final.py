"""The database itself refuses to change or delete an entry of the audit. Whoever alters the table later makes the triggers anew:
SQLite drops them with the table that it copies."""

from typing import Any

from django.db import migrations

_TABLE = "streams_admin_auditentry"
_WORDS = "The audit is only ever added to."
_VERBS = ("UPDATE", "DELETE")


def make_triggers(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "sqlite":
        for verb in _VERBS:
            editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {_TABLE}_no_{verb.lower()} BEFORE {verb} ON {_TABLE} BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
            )
        return
    editor.execute(
        f"CREATE FUNCTION {_TABLE}_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_WORDS}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    editor.execute(
        f"CREATE TRIGGER {_TABLE}_final BEFORE UPDATE OR DELETE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION {_TABLE}_final()"
    )


def drop_triggers(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "sqlite":
        for verb in _VERBS:
            editor.execute(f"DROP TRIGGER {_TABLE}_no_{verb.lower()}")
        return
    editor.execute(f"DROP TRIGGER {_TABLE}_final ON {_TABLE}")
    editor.execute(f"DROP FUNCTION {_TABLE}_final()")


class Migration(migrations.Migration):
    dependencies = [("streams_admin", "0007_audit_entries")]

    operations = [migrations.RunPython(make_triggers, drop_triggers)]
