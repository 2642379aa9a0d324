"""Which reader a topology needs."""

from dashboard.live.sampling.node_reader import NodeReader
from dashboard.live.sampling.reader import Definition, Reader


def reader_of(definition: Definition) -> Reader:
    """The reader for the server's topology."""
    return NodeReader(definition)
