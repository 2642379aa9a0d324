"""One HTTP exchange with an address that a person typed: guarded, and bounded in redirects, time and size."""

import base64
import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from dashboard.receivers.networks import Network, Refused, Unreachable, resolve

TIMEOUT_S = 10.0
MOST_BYTES = 64 * 1024
MOST_REDIRECTS = 3
# These repeat the request as it was. After others a POST becomes a GET, which tells nobody anything.
_SAME_METHOD = frozenset({307, 308})
_IN_PATHS = "%/:?#[]@!$&'()*+,;=~|"  # all that may stay as it is: only what is no ASCII is written anew
_MOVED = frozenset({301, 302, 303}) | _SAME_METHOD


class Response(NamedTuple):
    """What the last host answered."""

    status: int
    host: str
    retry_after: str
    body: bytes  # at most MOST_BYTES of it


class _Place(NamedTuple):
    """Where a request goes."""

    secure: bool
    host: str
    port: int
    path: str
    authorization: str


def exchange(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] = {},
    allowed: Sequence[Network] = (),
    timeout_s: float = TIMEOUT_S,
) -> Response:
    """The response, after three redirects at most. Raises Refused and Unreachable, both in words without secrets."""
    ends_at = time.monotonic() + timeout_s
    for _ in range(MOST_REDIRECTS + 1):
        place = parse(url)
        with _connected(place, allowed, ends_at) as connection:
            response = _ask(connection, method, place, body, headers)
            to = response.getheader("Location", "") if response.status in _MOVED else ""
            if not to or (method != "GET" and response.status not in _SAME_METHOD):
                return Response(response.status, place.host, response.getheader("Retry-After", ""), _read(response))
        url = _redirected(url, to, place)
    raise Refused(f"{place.host} redirects more than {MOST_REDIRECTS} times.")


def parse(url: str) -> _Place:
    """Where the URL leads; raises Refused, in words that don't repeat it."""
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise Refused("The address has a space or a control character in it.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("The address is no URL: for example https://hooks.example.com/streams.") from None
    if parts.scheme not in ("http", "https"):
        raise Refused("The address must begin with https:// or http://.")
    if not parts.hostname:
        raise Refused("The address names no host: for example https://hooks.example.com/streams.")
    try:
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    except UnicodeError:
        raise Refused("The address names a host that cannot be one.") from None
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Place(secure, host, port or (443 if secure else 80), quote(path, safe=_IN_PATHS), _authorization(parts))


def _authorization(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _redirected(url: str, to: str, place: _Place) -> str:
    """Where a redirect leads. Raises Refused where it leaves TLS; credentials in an address stay with their host."""
    target = urljoin(url, to)
    if place.secure and not target.startswith("https:"):
        raise Refused(f"{place.host} redirects from https to an address without TLS.")
    return target


@contextlib.contextmanager
def _connected(place: _Place, allowed: Sequence[Network], ends_at: float) -> Iterator[http.client.HTTPConnection]:
    """A connection to one of the addresses that were looked at; whatever hangs is cut when the time is over."""
    sock = _connect(place, allowed, ends_at)
    connection = http.client.HTTPConnection(place.host, place.port)
    connection.sock = sock
    cut = threading.Timer(max(0.0, _left(ends_at)), _cut, (sock,))
    cut.daemon = True
    cut.start()
    try:
        yield connection
    except (OSError, http.client.HTTPException) as error:
        over = _left(ends_at) <= 0 or isinstance(error, TimeoutError)
        said = "did not answer in time" if over else "hung up, or answered something that is no HTTP"
        raise Unreachable(f"{place.host} {said}.") from None
    finally:
        cut.cancel()
        connection.close()


def _connect(place: _Place, allowed: Sequence[Network], ends_at: float) -> socket.socket:
    failed = "cannot be reached"
    for where in resolve(place.host, place.port, allowed, timeout_s=max(0.01, _left(ends_at))):
        try:
            plain = socket.create_connection(where, timeout=max(0.01, _left(ends_at)))
        except OSError as error:
            failed = "refuses connections" if isinstance(error, ConnectionRefusedError) else failed
            continue
        try:
            return _secured(plain, place.host) if place.secure else plain
        except (OSError, ValueError) as error:
            plain.close()
            failed = (
                "shows a certificate that is not trusted"
                if isinstance(error, ssl.SSLCertVerificationError)
                else "speaks no TLS"
            )
    raise Unreachable(f"{place.host} {failed}.")


def _secured(plain: socket.socket, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _ask(
    connection: http.client.HTTPConnection, method: str, place: _Place, body: bytes, headers: Mapping[str, str]
) -> http.client.HTTPResponse:
    own = {"User-Agent": "Streamgauge", "Connection": "close", "Host": _host_header(place)}
    if place.authorization:
        own["Authorization"] = place.authorization
    connection.request(method, place.path, body=body or None, headers={**headers, **own})
    return connection.getresponse()


def _host_header(place: _Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if place.port == (443 if place.secure else 80) else f"{host}:{place.port}"


def _read(response: http.client.HTTPResponse) -> bytes:
    # What it answered counts; that the rest of its words got lost does not.
    with contextlib.suppress(OSError, http.client.HTTPException):
        return response.read(MOST_BYTES)
    return b""


def _cut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _left(ends_at: float) -> float:
    return ends_at - time.monotonic()
