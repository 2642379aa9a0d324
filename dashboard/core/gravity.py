"""States of streams and groups, from grave to fine: what rows are sorted by when the worst come first."""

from collections.abc import Mapping

#: Of groups (`GroupState`), of streams that could not be read (`ProblemKind`), and of those that nobody reads.
GRAVITY: tuple[str, ...] = (
    "loss",
    "stopped",
    "poison",
    "denied",
    "wrong_type",
    "error",
    "stalled",
    "stuck",
    "rewound",
    "slow",
    "ghosts",
    "abandoned",
    "vanished",
    "unknown",
    "waiting",
    "ok",
    "unwatched",
)

GRAVITY_OF: Mapping[str, int] = {state: at for at, state in enumerate(GRAVITY)}
UNKNOWN = GRAVITY_OF["unknown"]
#: From here on nothing is wrong: a group waits in its first minute, and that is no trouble yet.
CALM = GRAVITY_OF["waiting"]
FINE = GRAVITY_OF["ok"]

_SEVERITIES = ("critical", "warning", "notice")


def gravity(state: str) -> int:
    """How grave a state is: 0 is the worst. A word that is new to us stands beside "unknown"."""
    return GRAVITY_OF.get(state, UNKNOWN)


def severity_rank(severity: str) -> int:
    """How severe an alert is: 0 is the worst. "" and a word that is new to us come last."""
    return _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
