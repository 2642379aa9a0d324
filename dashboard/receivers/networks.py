"""Where messages may go: the public internet, and the private networks that somebody has allowed.

An address that a person types can name our own machines, or be made to by whoever owns its DNS. So names are resolved
once, every address is looked at, and the connection goes to what was looked at.
"""

import socket
import threading
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

IpAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Machines' own data and credentials are told here, by whichever cloud they are in: no setting opens these.
_NEVER = tuple(
    map(
        ip_network,
        (
            *("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128"),
            *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
        ),
    )
)
# What ipaddress calls global in some versions of Python, and is not; of IPv6 nothing else than these is anybody's.
_NOT_PUBLIC = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
_PUBLIC_6 = tuple(map(ip_network, ("2000::/3", "::ffff:0:0/96", "64:ff9b::/96")))
_NAT64 = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48")))


class Refused(Exception):
    """An address that no message may go to; says which and why."""


class Unreachable(Exception):
    """Nobody answers there, now."""


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """CIDRs of texts; raises ValueError, in words."""
    found = []
    for text in filter(None, map(str.strip, texts)):
        try:
            found.append(ip_network(text))
        except ValueError:
            raise ValueError(
                f"“{text}” is no network: for example 10.0.0.0/8, or 192.168.1.7 for one machine."
            ) from None
    return tuple(found)


def check(address: IpAddress, allowed: Sequence[Network]) -> None:
    """Raises Refused where no message may go to the address, or to the one that is wrapped in it."""
    every = [address, *_wrapped(address)]
    if any(_is_in(one, _NEVER) for one in every):
        raise Refused(f"{address} is a link-local address or a cloud's own: no message may go there.")
    if any(one.is_multicast for one in every):
        raise Refused(f"{address} is a multicast address: no message may go there.")
    for one in every:
        if not (_is_public(one) or _is_in(one, allowed)):
            raise Refused(f"{one} is in a private network: allow that network first if it is meant.")


def _is_public(address: IpAddress) -> bool:
    known = address.version == 4 or _is_in(address, _PUBLIC_6)
    return known and address.is_global and not _is_in(address, _NOT_PUBLIC)


def _is_in(address: IpAddress, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if address.version == network.version)


def _wrapped(address: IpAddress) -> list[IpAddress]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return []
    found: list[IpAddress] = [one for one in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if one]
    if any(address in network for network in _NAT64):
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if int(address) >> 32 == 0 and int(address) > 1:
        found.append(IPv4Address(int(address)))  # ::a.b.c.d, as some still read it
    return found


def resolve(host: str, port: int, allowed: Sequence[Network], *, timeout_s: float) -> list[tuple[str, int]]:
    """Where to connect, as addresses and port, each looked at; raises Refused where one of them may not be, and Unreachable."""
    found = []
    for _, _, _, _, where in _looked_up(host, port, timeout_s):
        check(ip_address(str(where[0]).partition("%")[0]), allowed)
        found.append((str(where[0]), port))
    return list(dict.fromkeys(found))


def _looked_up(host: str, port: int, timeout_s: float) -> Sequence[tuple[Any, ...]]:
    """What getaddrinfo says. It takes no time limit, so it is asked in a thread that may be left behind."""
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not answers:
        raise Unreachable(f"The name {host} could not be looked up in time.")
    if isinstance(answers[0], Exception):
        raise Unreachable(f"The name {host} could not be looked up.")
    return answers[0]  # type: ignore[no-any-return]
