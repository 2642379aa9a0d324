"""Connections with TLS from PEM texts in memory, and what their failures mean."""

import contextlib
import os
import ssl
from collections.abc import Iterator
from typing import Any

import redis
from redis.exceptions import RedisError

from dashboard.core.target import Tls

SILENT = "It did not answer to a TLS handshake within the time limit; redis:// connects without TLS."


class UnusableTls(RedisError):
    """The TLS texts of the registry cannot be used. The error's text is a sentence that says why."""


class SilentHandshake(redis.TimeoutError):
    """A TLS handshake was begun and nothing answered."""


class _ToldSocket(ssl.SSLSocket):
    """Where a server has hung up on us, its last words say why: from TLS 1.3 on it judges our certificate so late.

    They wait to be read when our next command cannot be sent any more.
    """

    def sendall(self, data: Any, flags: int = 0) -> None:
        try:
            super().sendall(data, flags)
        except (ssl.SSLEOFError, ConnectionError):
            self.recv(1)
            raise


class TlsConnection(redis.Connection):
    """redis-py's own takes a client certificate only as files, and adds a given authority to those of the machine."""

    def __init__(self, *, tls: Tls | None, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._tls = tls
        self._context: ssl.SSLContext | None = None

    def _connect(self) -> ssl.SSLSocket:
        if self._context is None:
            self._context = context_of(self._tls)
        plain = super()._connect()  # type: ignore[no-untyped-call]
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except TimeoutError:
            plain.close()
            raise SilentHandshake("no answer to a TLS handshake") from None
        except OSError:
            plain.close()
            raise


def context_of(tls: Tls | None) -> ssl.SSLContext:
    """Verifies certificate and host name, trusting the given authority alone, or else the machine's.

    Raises UnusableTls where a text cannot be used.
    """
    tls = tls or Tls()
    try:
        context = ssl.create_default_context(cadata=tls.ca or None)
    except (ssl.SSLError, ValueError):
        raise UnusableTls("The certificate authority's text is no certificate in PEM.") from None
    context.sslsocket_class = _ToldSocket
    if tls.certificate:
        _show(context, tls)
    return context


def _show(context: ssl.SSLContext, tls: Tls) -> None:
    if not tls.key:
        raise UnusableTls("There is a client certificate without a key that we can read: give the key again.")
    with _readable_path(tls.certificate) as certificate, _readable_path(tls.key) as key:
        try:
            # Without a password of ours OpenSSL would ask for one on the terminal.
            context.load_cert_chain(certificate, key, password="")
        except (ssl.SSLError, OSError):
            raise UnusableTls("The client certificate and its key cannot be used together.") from None


@contextlib.contextmanager
def _readable_path(text: str) -> Iterator[str]:
    """A path that OpenSSL, which wants files, can read the text from once. It is a pipe: nothing reaches a disk."""
    reading, writing = os.pipe()
    try:
        try:
            os.set_blocking(writing, False)
            written = os.write(writing, text.encode())
        finally:
            os.close(writing)
        if written < len(text.encode()):
            raise UnusableTls("A PEM text is longer than 64 kB.")
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)


_VERIFICATION = {
    9: "is not valid yet; compare the clocks of both machines.",
    10: "has expired; the server needs a new one.",
    18: "is signed by itself; give it as the certificate authority if it is meant to be trusted.",
    19: "is signed by an authority that is not trusted; give that authority's certificate.",
    20: "is signed by an authority that is not trusted; give that authority's certificate.",
    62: "is made for other host names than the address has; use one that it names.",
    64: "is made for other addresses than this one; use a host name that it names.",
}
_ALERTS = {
    "CERTIFICATE_REQUIRED": "It asks for a client certificate, and none was given.",
    "HANDSHAKE_FAILURE": "It refused the TLS handshake; it may ask for a client certificate, or for other ciphers.",
    "CERTIFICATE_EXPIRED": "It refuses our client certificate: it has expired.",
    "UNKNOWN_CA": "It refuses our client certificate: it does not know the authority that signed it.",
    "CERTIFICATE": "It refuses our client certificate.",
    "PROTOCOL_VERSION": "It speaks older versions of TLS alone, which are not safe any more.",
}


def in_words(error: ssl.SSLError) -> str:
    """A sentence on why a connection with TLS failed, and what would be right."""
    if isinstance(error, ssl.SSLCertVerificationError):
        known = _VERIFICATION.get(error.verify_code)
        return f"Its TLS certificate {known}" if known else f"Its TLS certificate is refused: {error.verify_message}."
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "It closed the connection."
    reason = (error.reason or "").upper()
    found = next((sentence for part, sentence in _ALERTS.items() if "ALERT" in reason and part in reason), "")
    return found or "It does not speak TLS on this port, or none that we accept; redis:// connects without TLS."
