"""PEM texts are judged before they are used, and each problem stands at its own text."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from dashboard.core.certificates import problems
from dashboard.core.target import Tls
from tests.certificates import Authority

NOW = datetime.now(UTC)
AUTHORITY = Authority()
OLD_AUTHORITY = Authority(days=(-9, -1))
OURS, OTHER = AUTHORITY.issue("watcher"), AUTHORITY.issue("other")
LOCKED = (
    load_pem_private_key(OURS.key.encode(), None)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    .decode()
)


@pytest.mark.parametrize(
    "tls",
    [
        Tls(),
        Tls(ca=AUTHORITY.pem),
        Tls(ca=OLD_AUTHORITY.pem + AUTHORITY.pem),
        Tls(certificate=OURS.certificate + AUTHORITY.pem, key=OURS.key),
        Tls(ca=f"# with words around\n{AUTHORITY.pem}", certificate=OURS.certificate, key=OURS.key),
    ],
    ids=["nothing", "an authority", "an old one beside a new one", "a chain", "all"],
)
def test_texts_that_can_be_used_have_no_problem(tls: Tls) -> None:
    assert problems(tls, secure=True, now=NOW) == {}


@pytest.mark.parametrize(
    ("tls", "field", "says"),
    [
        (Tls(ca="secret"), "ca", "no certificate in PEM"),
        (Tls(ca=AUTHORITY.pem.replace("M", "!")), "ca", "no certificate in PEM"),
        (Tls(ca=OURS.key), "ca", "a private key, which has a field of its own"),
        (Tls(ca=OLD_AUTHORITY.pem), "ca", f"expired on {NOW - timedelta(days=1):%Y-%m-%d}"),
        (Tls(certificate=OURS.certificate), "key", "needs its key"),
        (Tls(certificate="x", key=OURS.key), "certificate", "no certificate in PEM"),
        (Tls(certificate=OURS.certificate + OURS.key, key=OURS.key), "certificate", "a private key"),
        (Tls(key=OURS.key), "key", "needs its client certificate"),
        (Tls(certificate=OURS.certificate, key="secret"), "key", "no private key in PEM"),
        (Tls(certificate=OURS.certificate, key=LOCKED), "key", "locked with a passphrase"),
        (Tls(certificate=OURS.certificate, key=OTHER.key), "key", "does not belong to the client certificate"),
        (Tls(certificate=OTHER.certificate + OURS.certificate, key=OURS.key), "key", "the client's own comes first"),
        (Tls(ca="x" * 70_000), "ca", "longer than 60,000 bytes"),
    ],
)
def test_a_text_that_cannot_be_used_is_named_with_what_would_be_right(tls: Tls, field: str, says: str) -> None:
    found = problems(tls, secure=True, now=NOW)

    assert list(found) == [field]
    assert says in found[field]
    assert "secret" not in found[field]


@pytest.mark.parametrize(
    ("days", "says"), [((-9, -1), "It expired on"), ((1, 9), "It is not valid before")], ids=["expired", "of tomorrow"]
)
def test_a_client_certificate_is_judged_by_the_time_that_is_told(days: tuple[int, int], says: str) -> None:
    issued = AUTHORITY.issue("watcher", days=days)
    tls = Tls(certificate=issued.certificate, key=issued.key)

    assert says in problems(tls, secure=True, now=NOW)["certificate"]
    assert problems(tls, secure=True, now=NOW + timedelta(days=sum(days) / 2)) == {}


def test_an_address_without_tls_takes_no_texts() -> None:
    found = problems(Tls(ca=AUTHORITY.pem, key=OURS.key), secure=False, now=NOW)

    assert set(found) == {"ca", "key"}
    assert "rediss://" in found["ca"]
