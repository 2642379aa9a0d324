"""On a cluster a stream is rebuilt in the slot of its place, on whichever node that is."""

from pathlib import Path

import pytest

from dashboard.core.target import parse_address
from streams_admin.backup.comparing import compare
from streams_admin.backup.drill import drill
from streams_admin.backup.rebuilding import rebuild
from streams_admin.beside import key_beside
from streams_admin.redis_io.scripts import action_client
from streams_admin.redis_io.whole import put_back, read_server
from tests.deployments import Cluster
from tests.servers import Kind
from tests.streams_admin.backup.conftest import backed_up, lived_in, reader


@pytest.mark.parametrize("shared_cluster", [Kind.VALKEY_9], indirect=True, ids=str)
def test_streams_of_every_node_come_back(shared_cluster: Cluster, tmp_path: Path) -> None:
    keys = [b"backed up %d" % number for number in range(6)]
    for key in [*keys, b"{tag}: with } in it"]:
        with action_client(parse_address(shared_cluster.url), key) as client:
            lived_in(client, key)
            content, _ = backed_up(client, key)
            result = drill(client, key, client, server="shop", is_cluster=True, folder=tmp_path)
            assert result.passed
            client.delete(key)
            its, server, rebuilt = reader(content), read_server(client), key_beside(key, "token", is_cluster=True)
            rebuild(client, its, rebuilt, server, lambda _: None)
            last = its.stream.last_generated_id
            put_back(client, rebuilt, key, run_id=server.run_id, length=36, last_generated_id=last, again=False)
            assert compare(client, reader(content), key).equal
            client.delete(key)
