"""Authorities and certificates for the tests, made in memory, and servers that speak TLS with them."""

import contextlib
import datetime
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dashboard.core.target import Tls
from tests.servers import Kind, RedisServer, free_port, running

_DAY = datetime.timedelta(days=1)
_SIGNS = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, as PEM texts."""

    certificate: str
    key: str


class Authority:
    """Issues certificates; `pem` is its own, for those who trust it."""

    def __init__(self, name: str = "Test authority", *, days: tuple[float, float] = (-2, 365)) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        builder = _builder(self._name, self._name, self._key, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_SIGNS, critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())
        self.pem = _pem(self._certificate)

    def issue(self, *names: str, days: tuple[float, float] = (-1, 30)) -> Issued:
        """A certificate for these names and addresses, valid from and until so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_named(names[0]), self._name, key, days)
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Issued(_pem(builder.sign(self._key, hashes.SHA256())), text.decode())

    def trusting(self, client: Issued | None = None) -> Tls:
        """What a connection needs that trusts this authority and shows `client`."""
        return Tls(ca=self.pem, certificate=client.certificate, key=client.key) if client else Tls(ca=self.pem)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[float, float]
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * _DAY)
        .not_valid_after(now + days[1] * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@dataclass(frozen=True)
class TlsServer:
    """A running server and the port on which it speaks TLS."""

    server: RedisServer
    port: int


@contextlib.contextmanager
def tls_running(
    folder: Path,
    authority: Authority,
    shown: Issued,
    *options: str,
    asks_client: bool = False,
    kind: Kind = Kind.REDIS_7,
) -> Iterator[TlsServer]:
    """A server that shows `shown`, and accepts (or asks for) certificates of the authority's."""
    port = free_port()
    files = {"ca": authority.pem, "cert": shown.certificate, "key": shown.key}
    for name, text in files.items():
        (folder / f"{port}-{name}.pem").write_text(text)
    arguments: Sequence[str] = (
        *("--tls-port", str(port), "--tls-auth-clients", "yes" if asks_client else "no"),
        *("--tls-ca-cert-file", str(folder / f"{port}-ca.pem")),
        *("--tls-cert-file", str(folder / f"{port}-cert.pem"), "--tls-key-file", str(folder / f"{port}-key.pem")),
    )
    with running(kind, *arguments, *options) as server:
        yield TlsServer(server, port)
