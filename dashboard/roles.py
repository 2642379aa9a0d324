"""Roles: Viewer, Operator and Administrator are Django groups that migrations fill once; what people change stays."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.management import create_permissions

VIEWER, OPERATOR, ADMINISTRATOR = "Viewer", "Operator", "Administrator"


def grant(apps: Any, schema_editor: Any, names_by_role: Mapping[str, Sequence[str]]) -> None:
    """Adds permissions ("app_label.codename") to roles, making what is not there yet; takes nothing away.

    For migrations that depend on those that make the models. Raises LookupError on a permission that no model has.
    """
    alias = schema_editor.connection.alias
    group_model = apps.get_model("auth", "Group")
    wanted = {name for names in names_by_role.values() for name in names}
    _create_permissions(apps, alias, {name.partition(".")[0] for name in wanted})
    found = _found(apps, alias, wanted)
    for role, names in names_by_role.items():
        group, _ = group_model.objects.using(alias).get_or_create(name=role)
        group.permissions.add(*(found[name] for name in names))


def _create_permissions(apps: Any, alias: str, labels: set[str]) -> None:
    for label in labels:
        config = apps.get_app_config(label)
        # Django makes permissions after all migrations; a config of a migration's state seems to have no models to it.
        config.models_module = getattr(config, "models_module", None) or True
        create_permissions(config, apps=apps, using=alias, verbosity=0)


def _found(apps: Any, alias: str, wanted: set[str]) -> dict[str, Any]:
    permissions = apps.get_model("auth", "Permission").objects.using(alias).select_related("content_type")
    found = {f"{permission.content_type.app_label}.{permission.codename}": permission for permission in permissions}
    if missing := wanted - found.keys():
        raise LookupError(f"No model has the permissions {', '.join(sorted(missing))}.")
    return found
