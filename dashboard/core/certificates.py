"""Whether the PEM texts of a server can be used, told the time. Each problem says what is wrong and what would be right."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from dashboard.core.target import Tls

#: Bytes of one text: it travels to OpenSSL through a pipe, which takes no more at once.
LONGEST = 60_000

_NEEDS_TLS = "The address is without TLS: begin it with rediss (rediss://, rediss+sentinel://, rediss+cluster://)."


def problems(tls: Tls, *, secure: bool, now: datetime) -> dict[str, str]:
    """What is wrong with which text, by its name in Tls; `secure` says whether the address asks for TLS at all."""
    given = {name: getattr(tls, name) for name in tls.__struct_fields__ if getattr(tls, name)}
    if not secure:
        return dict.fromkeys(given, _NEEDS_TLS)
    found = {
        name: f"It is longer than {LONGEST:,} bytes." for name, text in given.items() if len(text.encode()) > LONGEST
    }
    return found or dict(_problems(tls, now))


def _problems(tls: Tls, now: datetime) -> Iterator[tuple[str, str]]:
    if tls.ca and (problem := _authority_problem(tls.ca, now)):
        yield "ca", problem
    if tls.certificate and (problem := _certificate_problem(tls.certificate, now)):
        yield "certificate", problem
    elif tls.certificate and not tls.key:
        yield "key", "A client certificate needs its key beside it."
    if tls.key and (problem := _key_problem(tls)):
        yield "key", problem


def _authority_problem(text: str, now: datetime) -> str:
    certificates, problem = _read_certificates(text)
    if problem:
        return problem
    if all(certificate.not_valid_after_utc < now for certificate in certificates):
        return f"It expired on {max(one.not_valid_after_utc for one in certificates):%Y-%m-%d}; give the one that follows it."
    return ""


def _certificate_problem(text: str, now: datetime) -> str:
    certificates, problem = _read_certificates(text)
    if problem:
        return problem
    own = certificates[0]
    if own.not_valid_after_utc < now:
        return f"It expired on {own.not_valid_after_utc:%Y-%m-%d}; give a new one with its key."
    if own.not_valid_before_utc > now:
        return f"It is not valid before {own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC; compare the clocks, or give another."
    return ""


def _read_certificates(text: str) -> tuple[list[x509.Certificate], str]:
    """The certificates of a text, or what is wrong with it."""
    if "PRIVATE KEY" in text:
        return (
            [],
            "This holds a private key, which has a field of its own: it is kept encrypted there. Give certificates alone.",
        )
    try:
        return x509.load_pem_x509_certificates(text.encode()), ""
    except ValueError:
        return [], "This is no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----."


def _key_problem(tls: Tls) -> str:
    try:
        key = load_pem_private_key(tls.key.encode(), password=None)
    except TypeError:
        return "The key is locked with a passphrase; give it without one (openssl pkey -in locked.pem -out open.pem)."
    except (ValueError, UnsupportedAlgorithm):
        return "This is no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----."
    if not tls.certificate:
        return "A key needs its client certificate beside it."
    certificates, problem = _read_certificates(tls.certificate)
    return "" if problem else _misfit(key, certificates)


def _misfit(key: PrivateKeyTypes, certificates: list[x509.Certificate]) -> str:
    fitting = [_public(certificate.public_key()) == _public(key.public_key()) for certificate in certificates]
    if fitting[0]:
        return ""
    if any(fitting):
        return "It fits another certificate of the chain: the client's own comes first, then who signed it."
    return "This key does not belong to the client certificate; give the one that it was made with."


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]
