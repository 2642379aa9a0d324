"""Run as a script: makes the database of a web server under test, and prints what is in it as one JSON line."""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()


def main() -> None:
    """A server, two streams, and a dozen viewers (or as many as the first argument says) with a session each."""
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command

    from dashboard.models import Server, Stream
    from tests.live.connections import session_of

    call_command("migrate", verbosity=0)
    server = Server.objects.create(name="one", address="redis://127.0.0.1:1/0")
    streams = [Stream.objects.create(server=server, key=key).pk for key in (b"a", b"b")]
    sessions = {}
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 12):
        person = User.objects.create_user(f"viewer {number}", password="correct horse battery")
        person.groups.add(Group.objects.get(name="Viewer"))
        sessions[person.pk] = session_of(person)
    print(json.dumps({"server": server.pk, "streams": streams, "sessions": sessions}))  # noqa: T201


if __name__ == "__main__":
    main()
