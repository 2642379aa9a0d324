"""`manage.py inspect` where the key's node has to be found first."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.deployments import Cluster, Watched
from tests.servers import RedisServer


def length(capsys: pytest.CaptureFixture[str], url: str, key: str) -> int:
    call_command("inspect", url, key, "--json")
    found: int = json.loads(capsys.readouterr().out)["length"]
    return found


def with_stream(server: RedisServer, key: bytes, capsys: pytest.CaptureFixture[str], url: str) -> int:
    """What inspect says of a stream of two entries, which is gone afterwards."""
    with server.client() as client:
        client.xadd(key, {"n": 1})
        client.xadd(key, {"n": 2})
        try:
            return length(capsys, url, key.decode())
        finally:
            client.delete(key)


def test_a_clusters_key_is_inspected_wherever_it_is(
    shared_cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, node in enumerate(shared_cluster.nodes):
        assert with_stream(node, shared_cluster.keys_at(number)[0], capsys, shared_cluster.url) == 2


def test_behind_sentinels_the_masters_key_is_inspected(
    shared_watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    assert with_stream(shared_watched.master, b"inspected", capsys, shared_watched.url) == 2


def test_that_the_deployment_cannot_be_found_is_said_in_words(valkey_server: RedisServer) -> None:
    with pytest.raises(CommandError, match="belongs to no cluster: redis:// watches a single server"):
        call_command("inspect", f"redis+cluster://127.0.0.1:{valkey_server.port}", "orders")
