"""The database itself refuses to change what an event of an alert says. Whoever alters the table later makes the trigger anew:
SQLite drops it with the table that it copies."""

from typing import Any

from django.db import migrations

_FINAL = "alert_id, kind, at, severity, value, text"
_SQLITE = f"""
CREATE TRIGGER dashboard_alertevent_final BEFORE UPDATE OF {_FINAL} ON dashboard_alertevent
BEGIN SELECT RAISE(ABORT, 'An event of an alert is final.'); END
"""
_POSTGRESQL = f"""
CREATE FUNCTION dashboard_alertevent_final() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'An event of an alert is final.' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER dashboard_alertevent_final BEFORE UPDATE OF {_FINAL} ON dashboard_alertevent
FOR EACH ROW EXECUTE FUNCTION dashboard_alertevent_final()
"""


def _make(apps: Any, editor: Any) -> None:
    editor.execute(_SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL)


def _drop(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "sqlite":
        editor.execute("DROP TRIGGER dashboard_alertevent_final")
    else:
        editor.execute("DROP TRIGGER dashboard_alertevent_final ON dashboard_alertevent")
        editor.execute("DROP FUNCTION dashboard_alertevent_final()")


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0012_who_routes_and_silences")]

    operations = [migrations.RunPython(_make, _drop)]
