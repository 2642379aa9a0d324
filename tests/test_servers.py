"""The tests' own servers."""

from tests.servers import RedisServer


def test_each_kind_of_server_answers_and_starts_empty(watched_server: RedisServer) -> None:
    with watched_server.client() as client:
        client.xadd("s", {"a": "b"})

        assert client.xlen("s") == 1
        assert client.dbsize() == 1
