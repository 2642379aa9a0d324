"""Python's cycle collector in a process that makes very many objects a second and no cycles of them."""

import gc


def calm_collector() -> None:
    """Lets Python's cycle collector look rarely: ticks leave no cycles, and a look at 10,000 streams takes 100 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
