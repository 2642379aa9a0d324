"""Ways to one server: its databases, its socket, its users. Each is watched for itself."""

from dashboard.core.target import parse_address
from dashboard.live.events import SampleTaken
from dashboard.models import Server, Stream
from dashboard.services.registry import register_target
from tests.live.sampling import Sampling
from tests.servers import RedisServer, wait_until


def test_databases_and_a_socket_of_one_server_are_sampled_side_by_side(
    sampling: Sampling, watched_server: RedisServer
) -> None:
    for database, key in enumerate((b"zero", b"one", b"two")):
        with watched_server.client(db=database) as client:
            client.xadd(key, {"n": 1})
    with watched_server.client() as root:
        others = {client["id"] for client in root.client_list()}  # of tests before this one, on their way out
        root.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">pw", "~*", "+@all")
    addresses = {
        b"zero": watched_server.url,
        b"one": f"redis://ann:pw@127.0.0.1:{watched_server.port}/1",
        b"two": watched_server.unix_url.replace("unix://", "unix://ann:pw@").replace("db=0", "db=2"),
    }
    servers = {}
    for key, address in addresses.items():
        servers[key] = register_target(parse_address(address), name=key.decode())
    Server.objects.update(sample_interval_s=0.1)
    sampling.start()

    for key, server in servers.items():
        wait_until(
            lambda server=server: any(sample.streams.length == [1] for sample in sampling.samples(server)),  # type: ignore[misc]
            f"the sample of {key.decode()}",
        )

    found = {bytes(key): name for key, name in Stream.objects.values_list("key", "server__name")}
    assert found == {key: key.decode() for key in addresses}
    assert sampling.of(SampleTaken)
    with watched_server.client() as root:
        new = [client for client in root.client_list() if client["name"] and client["id"] not in others]
        ours = sorted((client["user"], int(client["db"])) for client in new)
        root.acl_deluser("ann")
    assert ours == [("ann", 1), ("ann", 2), ("default", 0)]
