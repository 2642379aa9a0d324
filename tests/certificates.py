"""Authorities and certificates for the tests, made in memory, and servers that speak TLS with them."""

import contextlib
import datetime
import ipaddress
import secrets
from collections.abc import Iterator
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


class Papers:
    """A certificate to show, its key and the authorities to trust, as files for a server to read."""

    def __init__(self, folder: Path, trusted: str, shown: Issued, *, asks_client: bool = False) -> None:
        self._folder = folder / secrets.token_hex(4)
        self._folder.mkdir()
        self._asks_client = asks_client
        for name, text in {"ca": trusted, "cert": shown.certificate, "key": shown.key}.items():
            self._file(name).write_text(text)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.pem"

    @property
    def files(self) -> dict[str, str]:
        """The settings that name the files, which a running server takes, too."""
        settings = {"tls-ca-cert-file": "ca", "tls-cert-file": "cert", "tls-key-file": "key"}
        return {setting: str(self._file(name)) for setting, name in settings.items()}

    def settings(self, port: int) -> dict[str, str]:
        """What a server is set to that speaks TLS on this port."""
        return {"tls-port": str(port), "tls-auth-clients": "yes" if self._asks_client else "no", **self.files}

    def options(self, port: int) -> list[str]:
        """The same as arguments."""
        return [word for name, value in self.settings(port).items() for word in (f"--{name}", value)]


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
    papers = Papers(folder, authority.pem, shown, asks_client=asks_client)
    with running(kind, *papers.options(port), *options) as server:
        yield TlsServer(server, port)
