import pytest

from dashboard.core.target import Target, parse_address


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("redis://localhost", Target(scheme="redis", host="localhost")),
        ("redis://localhost/", Target(scheme="redis", host="localhost")),
        (" rediss://h:6380/2 ", Target(scheme="rediss", host="h", port=6380, db=2)),
        ("redis://h?db=3", Target(scheme="redis", host="h", db=3)),
        ("redis://:s%40c@h", Target(scheme="redis", host="h", password="s@c")),
        (
            "redis://ann:p%2Fw@[::1]:7000/1",
            Target(scheme="redis", host="::1", port=7000, db=1, username="ann", password="p/w"),
        ),
        ("unix:///run/redis.sock", Target(scheme="unix", path="/run/redis.sock")),
        (
            "unix://ann:pw@/run/redis.sock?db=4",
            Target(scheme="unix", path="/run/redis.sock", db=4, username="ann", password="pw"),
        ),
    ],
)
def test_an_address_is_read(text: str, target: Target) -> None:
    assert parse_address(text) == target


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "starts with"),
        ("localhost:6379", "starts with"),
        ("http://localhost", "starts with"),
        ("redis://", "no host"),
        ("redis://:secret@", "no host"),
        ("redis://h:0", "port"),
        ("redis://h:70000", "port"),
        ("redis://ann:secret@h:port", "port"),
        ("redis://h/x", "database"),
        ("redis://h/-1", "database"),
        ("redis://h?ssl_cert_reqs=none", "only db="),
        ("unix://run/redis.sock", "whole path"),
        ("redis://[secret", "cannot be read"),
        ("redis://ann:secret℀@h", "cannot be read"),
    ],
)
def test_a_wrong_address_is_refused_with_what_would_be_right_and_without_its_password(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        parse_address(text)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["redis://h:6379/0", "rediss://[::1]:6380/2", "unix:///run/s?db=1", "unix:///run/s"])
def test_the_registered_address_leads_to_the_same_place(text: str) -> None:
    target = parse_address(text)

    assert target.address == text
    assert parse_address(target.address) == target


def test_a_target_in_a_log_shows_no_password() -> None:
    target = parse_address("redis://ann:secret@h")

    assert "secret" not in repr(target) + str(target) + f"{target}" + target.address
