"""`manage.py verify_audit`: whether the audit is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from streams_admin.audit.verifying import flaws
from streams_admin.models import AuditEntry


class Command(BaseCommand):
    help = "Checks the audit's chain of hashes and every action against it. Says what does not fit; ends with 1 then."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for flaw in flaws():
            count += 1
            self.stdout.write(flaw.text)
        if count:
            raise CommandError(f"The audit is not as it was written: {count} {'flaw' if count == 1 else 'flaws'}.")
        entries = AuditEntry.objects.count()
        last = AuditEntry.objects.order_by("-pk").values_list("hash", flat=True).first()
        self.stdout.write(f"{entries} entries, each as it was written. The last hash: {last or 'none'}.")
