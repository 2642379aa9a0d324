"""A view of the fleet: which streams are listed, in which order. Its text is the query string of the page's address."""

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import parse_qsl, quote_plus

import msgspec

from dashboard.core.gravity import CALM, GRAVITY_OF

#: Every order: a name ("length"), or turned around ("-length"). The first is the default.
SORTS = (
    "worst",
    "name",
    "length",
    "added",
    "delivered",
    "lag",
    "time_lag",
    "oldest",
    "pending",
    "drain",
    "memory",
    "state",
)
#: Which streams are listed, by what is known of them; "watched" are all that samplers read.
SHOWS = ("watched", "new", "vanished", "unwatched", "all")
#: A state of trouble, or an open alert.
ATTENTION = "attention"

_MOST_FIELDS = 200
_LONGEST = 500  # characters of one value
Unknown = tuple[str, str]  # what is asked for ("tag"), and the value that it does not have; "address": too much of it
_TOO_MUCH: Unknown = ("address", "")


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the registry knows of a stream. Names are for the eye; `text` is what is searched, in small letters."""

    id: int
    server: int
    name: str
    title: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    known: str = "watched"  # or "new", "vanished", "unwatched"
    watched: bool = True
    vanished: bool = False
    new: bool = False
    family: str = ""  # "": it has no sibling
    place: int = 0  # among all streams by name
    text: str = ""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to see; "" is whatever it may be."""

    q: str = ""
    server: int | None = None
    state: str = ""
    tag: str = ""
    owner: str = ""
    sort: str = "worst"
    show: str = "watched"
    fold: bool = True
    open: tuple[str, ...] = ()  # families that show their members


def parse(text: str) -> tuple[View, list[Unknown]]:
    """The view that a query string asks for, and what it cannot mean. It is never an error."""
    unknown: list[Unknown] = []
    try:
        pairs = parse_qsl(text.removeprefix("?"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return View(), [_TOO_MUCH]
    asked = {name: value for name, value in reversed(pairs) if value and len(value) <= _LONGEST}
    if any(len(value) > _LONGEST for _, value in pairs):
        unknown.append(_TOO_MUCH)
    view = View(
        q=asked.get("q", ""),
        server=_server(asked, unknown),
        state=_one_of((ATTENTION, *GRAVITY_OF), asked, "state", "", unknown),
        tag=asked.get("tag", ""),
        owner=asked.get("owner", ""),
        sort=_one_of([sign + name for name in SORTS for sign in ("", "-")], asked, "sort", "worst", unknown),
        show=_one_of(SHOWS, asked, "show", "watched", unknown),
        fold=_one_of(("0", "1"), asked, "fold", "1", unknown) == "1",
        open=tuple(dict.fromkeys(value for name, value in pairs if name == "open" and 0 < len(value) <= _LONGEST)),
    )
    return view, unknown


def _server(asked: Mapping[str, str], unknown: list[Unknown]) -> int | None:
    text = asked.get("server", "")
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    if text:
        unknown.append(("server", text))
    return None


def _one_of(known: Collection[str], asked: Mapping[str, str], name: str, usual: str, unknown: list[Unknown]) -> str:
    value = asked.get(name, usual)
    if value in known or value == usual:
        return value
    unknown.append((name, value))
    return usual


def query_of(view: View) -> str:
    """The view as a query string, the plain one as "". What `parse` reads from it is the same view."""
    pairs = [
        ("q", view.q),
        ("server", "" if view.server is None else str(view.server)),
        ("state", view.state),
        ("tag", view.tag),
        ("owner", view.owner),
        ("sort", "" if view.sort == "worst" else view.sort),
        ("show", "" if view.show == "watched" else view.show),
        ("fold", "" if view.fold else "0"),
        *(("open", name) for name in view.open),
    ]
    return "&".join(f"{name}={quote_plus(value, safe='*')}" for name, value in pairs if value)


def picked(view: View, entries: Iterable[Entry]) -> list[Entry]:
    """The entries that the view asks for by what the registry knows of them: everything but their state."""
    words = view.q.lower().split()
    return [
        entry
        for entry in entries
        if _is_shown(view.show, entry)
        and (view.server is None or entry.server == view.server)
        and (not view.tag or view.tag in entry.tags)
        and (not view.owner or view.owner == entry.owner)
        and all(word in entry.text for word in words)
    ]


def _is_shown(show: str, entry: Entry) -> bool:
    if show == "all":
        return True
    if not entry.watched:
        return show == "unwatched"
    return show == "watched" or (show == "new" and entry.new) or (show == "vanished" and entry.vanished)


def is_in(state: str, gravity: int, *, alerted: bool) -> bool:
    """Whether a stream of this gravity is in the state that a view asks for."""
    if not state:
        return True
    return alerted or gravity < CALM if state == ATTENTION else gravity == GRAVITY_OF[state]
