"""`manage.py install_thresholds`: the default pack, for an installation that has none of it, or an older one."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboard.services.pack import install_pack


class Command(BaseCommand):
    help = (
        "Installs the default thresholds, each once: what was edited stays as it is, and what was deleted stays away."
    )

    def handle(self, **_: Any) -> None:
        names = install_pack(now=timezone.now())
        for name in names:
            self.stdout.write(f"installed  {name}")
        if not names:
            self.stdout.write("Everything of the default pack was installed before.")
