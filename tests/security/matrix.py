"""The committed role matrix: which role gets which answer. `role_matrix.txt` is its text; a new route needs a line there.

`UPDATE_ROLE_MATRIX=1 pytest tests/security/test_role_matrix.py` writes what the routes answer now: read the difference
before you commit it, it is the decision who may do what.
"""

import os
from pathlib import Path

ROLES = ("anonymous", "nobody", "viewer", "operator", "administrator")
FILE = Path(__file__).with_name("role_matrix.txt")
UPDATING = bool(os.environ.get("UPDATE_ROLE_MATRIX"))

Answers = dict[str, str]  # by method and route, or websocket message

_HEADING = """\
# Who gets which answer: an HTTP status, or what the websocket does. Compared by test_role_matrix.py with what is true.
# 302 leads to the sign-in page where it stands for anonymous. An empty POST is a 200 or 400 with its errors where it
# is allowed, 403 where it is not. "-": the address does not answer this method, or the action is not offered.
"""


def read() -> dict[str, Answers]:
    """The committed answers, by role."""
    rows = [line.split() for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    found: dict[str, Answers] = {role: {} for role in ROLES}
    for kind, name, *answers in rows:
        for role, answer in zip(ROLES, answers, strict=True):
            found[role][f"{kind} {name}"] = answer
    return found


def write(role: str, answers: Answers) -> None:
    """Replaces a role's column, and drops lines that are no more."""
    known = read() if FILE.exists() else {each: {} for each in ROLES}
    kinds = {line.partition(" ")[0] for line in answers}
    for column in known.values():
        for line in [line for line in column if line not in answers and line.partition(" ")[0] in kinds]:
            del column[line]
    known[role].update(answers)
    lines = sorted({line for column in known.values() for line in column}, key=lambda line: line.split()[::-1])
    width = max(map(len, lines))
    text = [f"{'#':<{width}}  {'  '.join(ROLES)}"]
    text += [
        f"{line:<{width}}  " + "  ".join(f"{known[each].get(line, '?'):<{len(each)}}" for each in ROLES)
        for line in lines
    ]
    FILE.write_text(_HEADING + "\n".join(line.rstrip() for line in text) + "\n")
