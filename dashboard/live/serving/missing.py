"""What a view asks for and is not there, in the reader's words."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext

from dashboard.core.listing import Unknown, View
from dashboard.live.serving.catalogue import Catalogue

_LONGEST = 80  # characters of a value that is shown again


def missing(view: View, catalogue: Catalogue) -> Iterator[Unknown]:
    """What the view names that the registry does not have."""
    if view.server is not None and view.server not in catalogue.servers:
        yield "server", str(view.server)
    if view.tag and view.tag not in catalogue.tags:
        yield "tag", view.tag
    if view.owner and view.owner not in catalogue.owners:
        yield "owner", view.owner
    for name in view.open:
        if name not in catalogue.families:
            yield "open", name


def in_words(unknown: Iterable[Unknown]) -> list[str]:
    """A sentence for each, in the language that is active."""
    return [_sentence(what, value if len(value) <= _LONGEST else value[:_LONGEST] + "…") for what, value in unknown]


def _sentence(what: str, value: str) -> str:
    match what:
        case "address":
            return gettext("The address asks for too much: only its first part is followed.")
        case "server":
            return gettext("There is no server “%(value)s”.") % {"value": value}
        case "tag":
            return gettext("No stream has the tag “%(value)s”.") % {"value": value}
        case "owner":
            return gettext("No stream belongs to “%(value)s”.") % {"value": value}
        case "open":
            return gettext("There is no family “%(value)s”.") % {"value": value}
        case _:
            return gettext("“%(name)s” cannot be “%(value)s” in the address.") % {"name": what, "value": value}
