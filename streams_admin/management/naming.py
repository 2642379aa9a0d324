"""How commands are told which server is meant."""

from django.core.management.base import CommandError

from dashboard.models import Server


def server_named(name: str) -> Server:
    """The registered server of that name. Raises CommandError, which names those that there are."""
    found = Server.objects.filter(name=name).first()
    if found is None:
        names = ", ".join(Server.objects.order_by("name").values_list("name", flat=True)) or "none"
        raise CommandError(f"No server is registered as “{name}”. Registered: {names}.")
    return found
