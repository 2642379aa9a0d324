"""The thresholds that the demo brings along, so that alerts open and resolve within its first minutes.

They stand beside the default pack, which a new installation has and which is about trouble of any installation.
"""

from typing import Any

from dashboard.core.target import parse_address
from dashboard.models import Server, Threshold

Metric = Threshold.Metric
_THRESHOLDS: tuple[dict[str, Any], ...] = (
    {
        "name": "Billing is behind",
        "metric": Metric.LAG,
        "key_pattern": "payments",
        "group_pattern": "billing",
        "warning_limit": 300,
        "hold_s": 5,
    },
    {
        "name": "Emails wait for a consumer",
        "metric": Metric.PENDING,
        "key_pattern": "emails",
        "group_pattern": "mailer",
        "warning_limit": 25,
        "hold_s": 30,
    },
    {
        "name": "Clicks have stopped",
        "metric": Metric.ADDED_PER_S,
        "key_pattern": "clicks",
        "comparison": Threshold.Comparison.BELOW,
        "critical_limit": 1,
        "hold_s": 20,
    },
)


def set_thresholds(address: str) -> bool | None:
    """Sets the demo's thresholds on the server at this address. True: set now; False: it has some; None: no such server."""
    server = Server.objects.filter(address=parse_address(address).address).first()
    if server is None:
        return None
    if Threshold.objects.filter(server=server).exists():
        return False  # ours from an earlier start, or an operator's own
    for fields in _THRESHOLDS:
        Threshold.objects.create(server=server, **fields)
    return True
