"""Which reader a topology needs."""

from collections.abc import Callable, Mapping

from dashboard.core.target import Topology
from dashboard.live.sampling.cluster_reader import ClusterReader
from dashboard.live.sampling.node_reader import NodeReader
from dashboard.live.sampling.reader import Definition, Reader
from dashboard.live.sampling.sentinel_reader import SentinelReader

_READERS: Mapping[Topology, Callable[[Definition], Reader]] = {
    Topology.STANDALONE: NodeReader,
    Topology.SENTINEL: SentinelReader,
    Topology.CLUSTER: ClusterReader,
}


def reader_of(definition: Definition) -> Reader:
    """The reader for the server's topology."""
    return _READERS[definition.target.topology](definition)
