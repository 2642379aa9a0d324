"""The syntax of addresses: what stands where in one, before it is known what it means.

Errors are sentences that name what is wrong and what would be right. They never quote the address: it may hold a password.
"""

import re
from collections.abc import Collection, Mapping
from ipaddress import IPv6Address
from urllib.parse import unquote

import msgspec

Seed = tuple[str, int]  # host and port


def shown(seed: Seed) -> str:
    """Host and port as they stand in an address."""
    host, port = seed
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


#: Characters of an address as the registry keeps it.
LONGEST = 500
_MOST_SEEDS = 50

_SHAPE = re.compile(r"([a-z+]+)://([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.ASCII | re.IGNORECASE)
_SCHEMES = re.compile(r"(redis|rediss|unix|rediss?\+sentinel|rediss?\+cluster)://", re.IGNORECASE)
_HOST = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]*))(?::(.*))?")
EXAMPLE = "it looks like redis://127.0.0.1:6379/0. In a password, write / as %2F, @ as %40, # as %23 and % as %25."


class Parts(msgspec.Struct, frozen=True):
    """An address taken apart."""

    scheme: str
    username: str = ""
    password: str = ""
    hosts: str = ""
    path: str = ""
    options: Mapping[str, str] = {}


def split(text: str) -> Parts:
    """Takes an address apart; raises ValueError where it is none."""
    text = text.strip()
    if not _SCHEMES.match(text):
        raise ValueError(
            "An address starts with redis://, rediss:// or unix://, for example redis://127.0.0.1:6379/0;"
            " or with redis+sentinel:// or redis+cluster:// (rediss+… with TLS)."
        )
    found = _SHAPE.fullmatch(text)
    if not found:
        raise ValueError(f"The address cannot be read; {EXAMPLE}")
    scheme, authority, path, query = found.groups(default="")
    credentials, _, hosts = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    return Parts(scheme.lower(), unquote(username), unquote(password), hosts, unquote(path), _options(query))


def _options(query: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {name: unquote(value) for name, _, value in pairs}


def only(parts: Parts, known: Collection[str]) -> None:
    """Raises ValueError where the address has other options than these."""
    if parts.options.keys() - set(known):
        raise ValueError(f"After the ? this address takes only {', '.join(f'{name}=' for name in known)}.")


def one_seed(hosts: str, default_port: int) -> Seed:
    """The only host; raises ValueError where there are several, or none."""
    found = seeds(hosts, default_port)
    if len(found) > 1:
        raise ValueError(
            "A redis:// address names one host; several belong into redis+sentinel:// or redis+cluster://,"
            " and several servers need an address each, with its scheme."
        )
    return found[0]


def seeds(hosts: str, default_port: int) -> tuple[Seed, ...]:
    """The hosts of a comma-separated list in their order, none twice; raises ValueError where one cannot be read."""
    found = tuple(dict.fromkeys(_seed(host.strip(), default_port) for host in hosts.split(",")))
    if len(found) > _MOST_SEEDS:
        raise ValueError(f"These are {len(found)} hosts; a few are enough to find all others, {_MOST_SEEDS} at most.")
    return found


def _seed(text: str, default_port: int) -> Seed:
    if text.count(":") > 1 and not text.startswith("["):
        raise ValueError("An IPv6 address stands in brackets, as in redis://[::1]:6379/0.")
    found = _HOST.fullmatch(text)
    if not found or (found[1] and not _is_ipv6(found[1])):
        raise ValueError(f"The address cannot be read; {EXAMPLE} An IPv6 address stands in brackets: [::1]:6379.")
    host = found[1] or found[2]
    if not host:
        raise ValueError(f"The address names no host; {EXAMPLE}")
    try:
        host.encode("idna")  # as a look-up of the name does it
    except UnicodeError:
        raise ValueError("The address names a host that no name can have: a part of it is empty or too long.") from None
    return host.lower(), _port(found[3] or "", default_port)


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _port(text: str, default_port: int) -> int:
    if not text:
        return default_port
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise ValueError(f"The port is a number from 1 to 65535; {EXAMPLE}")
    return int(text)


def database(text: str) -> int:
    """The number of a database; raises ValueError where it is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ValueError("The database is a number, as in redis://127.0.0.1:6379/0 or unix:///run/redis.sock?db=0.")
    return int(text)
