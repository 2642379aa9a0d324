"""Addresses as people type them."""

from pathlib import Path

import pytest

from dashboard.core.target import Tls
from dashboard.management.addresses import read_address, split_addresses
from tests.certificates import Authority

AUTHORITY = Authority()
CLIENT = AUTHORITY.issue("watcher")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, text in {"ca": AUTHORITY.pem, "crt": CLIENT.certificate, "key": CLIENT.key}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", ()),
        ("redis://a", ("redis://a",)),
        (" redis://a , unix:///b,", ("redis://a", "unix:///b")),
        (
            "redis+sentinel://s1:1,s2:2/main/0,redis+cluster://n1,n2,rediss://c",
            ("redis+sentinel://s1:1,s2:2/main/0", "redis+cluster://n1,n2", "rediss://c"),
        ),
        ("redis://:p%2Cw@a,redis://b", ("redis://:p%2Cw@a", "redis://b")),
    ],
)
def test_a_comma_ends_an_address_where_another_scheme_follows(text: str, addresses: tuple[str, ...]) -> None:
    assert split_addresses(text) == addresses


def test_files_give_an_address_its_tls_texts(files: Path) -> None:
    target = read_address(f"rediss+cluster://:pw@n1,n2?ca={files}/ca&certificate={files}/crt&key={files}/key")

    assert target.address == "rediss+cluster://n1:6379,n2:6379"
    assert target.tls == Tls(ca=AUTHORITY.pem, certificate=CLIENT.certificate, key=CLIENT.key)
    assert read_address("rediss://h").tls is None


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("rediss://h?ca={files}/none", "file of ca= cannot be read"),
        ("rediss://h?ca={files}/bytes", "holds no text"),
        ("rediss://h?ca={files}/key", "ca=: This holds a private key"),
        ("rediss://h?certificate={files}/crt", "key=: A client certificate needs its key"),
        ("redis://h?ca={files}/ca", "ca=: The address is without TLS"),
        ("rediss://h?other=1", "takes only db="),
    ],
)
def test_files_that_cannot_be_used_are_named(files: Path, address: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_address(address.format(files=files))
