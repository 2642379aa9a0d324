"""Prepares the installation that the browser tests use: database, static files, people, one watched server.

Run as a program with the environment of that installation: `python -m tests.browser.prepare REDIS_ADDRESS`.
"""

import sys

import django


def main(address: str) -> None:
    django.setup()
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command

    from dashboard.services.registry import register_address

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    for role in ("viewer", "operator", "administrator"):
        person = User.objects.create_user(role, password=f"{role}-of-the-tests", is_staff=role != "viewer")
        person.groups.add(Group.objects.get(name=role.title()))
    register_address(address, name="Watched")


if __name__ == "__main__":
    main(sys.argv[1])
