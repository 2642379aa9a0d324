import pytest
from msgspec.structs import replace

from dashboard.core.target import Target, Tls, Topology, parse_address


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
        ("redis://:caf\u00e9\u2100@h", Target(scheme="redis", host="h", password="caf\u00e9\u2100")),
        (
            "redis+sentinel://ann:p%2Cw@A.example,[::1]:26380/my-master.1/2",
            Target(
                scheme="redis",
                host="a.example",
                port=26379,
                seeds=(("a.example", 26379), ("::1", 26380)),
                topology=Topology.SENTINEL,
                master_name="my-master.1",
                db=2,
                username="ann",
                password="p,w",
            ),
        ),
        (
            "rediss+sentinel://s1/main?db=3&sentinel_username=watch&sentinel_password=p%26w",
            Target(
                scheme="rediss",
                host="s1",
                port=26379,
                topology=Topology.SENTINEL,
                master_name="main",
                db=3,
                sentinel_username="watch",
                sentinel_password="p&w",
            ),
        ),
        (
            "redis+cluster://:pw@n1:7000, n2:7001,n1:7000/",
            Target(
                scheme="redis",
                host="n1",
                port=7000,
                seeds=(("n1", 7000), ("n2", 7001)),
                topology=Topology.CLUSTER,
                password="pw",
            ),
        ),
        ("rediss+cluster://n1/0", Target(scheme="rediss", host="n1", topology=Topology.CLUSTER)),
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
        ("redis://:secret#@h", "cannot be read"),
        ("redis://:secret?x@h", "only db="),
        ("redis://h1,h2", "names one host"),
        ("redis://::1", "in brackets"),
        ("redis://[::1]x", "cannot be read"),
        ("redis://[h]:6379", "cannot be read"),
        ("redis+sentinel://s1", "names the master"),
        ("redis+sentinel://:secret@s1:26379/0", "names the master"),
        ("redis+sentinel://s1/m%20m", "names the master"),
        ("redis+sentinel://s1/main/x", "database"),
        ("redis+sentinel://s1/main/1/2", "database"),
        ("redis+sentinel://s1,,s2/main", "no host"),
        ("redis+sentinel://s1/main?secret=1", "sentinel_password="),
        ("redis+cluster://n1/1", "database 0 alone"),
        ("redis+cluster://n1?db=1", "database 0 alone"),
        ("redis+cluster://:secret@n1,n2:x", "port"),
        ("redis+cluster://" + ",".join(f"n{i}" for i in range(51)), "a few are enough"),
        ("redis+cluster://" + ",".join(f"node-{i}.{'x' * 60}" for i in range(9)), "at most 500 characters"),
    ],
)
def test_a_wrong_address_is_refused_with_what_would_be_right_and_without_its_password(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        parse_address(text)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "redis://h:6379/0",
        "rediss://[::1]:6380/2",
        "unix:///run/s?db=1",
        "unix:///run/s",
        "redis+sentinel://s1:26379,[::1]:26380/main/2",
        "rediss+cluster://n1:7000,n2:7001",
    ],
)
def test_the_registered_address_leads_to_the_same_place(text: str) -> None:
    target = parse_address(text)

    assert target.address == text
    assert parse_address(target.address) == target


def test_a_target_in_a_log_shows_no_password() -> None:
    target = parse_address("redis+sentinel://ann:secret@h/main?sentinel_password=secret")
    target = replace(target, tls=Tls(ca="secret", certificate="secret", key="secret"))

    assert "secret" not in repr(target) + str(target) + f"{target}" + target.address


def test_a_node_is_signed_in_to_like_the_server_and_a_sentinel_with_its_own_credentials() -> None:
    tls = Tls(ca="PEM")
    found = parse_address("rediss+sentinel://ann:pw@s1,s2/main/2?sentinel_username=sue&sentinel_password=sw")
    found = replace(found, tls=tls)

    node = found.at("10.0.0.9", 6380)
    sentinels = found.at_seeds

    assert node == Target(scheme="rediss", host="10.0.0.9", port=6380, db=2, username="ann", password="pw", tls=tls)
    assert sentinels == tuple(
        Target(scheme="rediss", host=host, port=26379, username="sue", password="sw", tls=tls) for host in ("s1", "s2")
    )


def test_each_seed_of_a_cluster_is_a_node() -> None:
    found = parse_address("redis+cluster://ann:pw@n1:7000,n2")

    assert [node.address for node in found.at_seeds] == ["redis://n1:7000/0", "redis://n2:6379/0"]
    assert {node.password for node in found.at_seeds} == {"pw"}
    assert parse_address("unix:///run/s").at_seeds == (parse_address("unix:///run/s"),)
