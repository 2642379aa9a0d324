"""Rules of the house that a reader of one file could break without noticing; CONTRIBUTING.md gives the reasons."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WRITES = re.compile(
    r"^(x(add|ack|ackdel|autoclaim|claim|del|delex|groupcreate|trim|setid)|xgroup_.*|xreadgroup|eval.*|flush(all|db))$"
)
CLOCKS = {("time", "time"), ("datetime", "now"), ("datetime", "utcnow"), ("timezone", "now"), ("time", "monotonic")}


def modules(folder: str) -> Iterator[Path]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def calls(path: Path) -> Iterator[tuple[str, str, int]]:
    """(the word before the dot, the name called, line) of every method call in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            yield (owner.id if isinstance(owner, ast.Name) else "", node.func.attr, node.lineno)


def test_nothing_that_watches_can_write_to_a_watched_server() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in modules("dashboard")
        for _, name, line in calls(path)
        if WRITES.match(name)
    ]

    assert found == []


def test_writes_to_watched_servers_stand_in_one_module() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in modules("streams_admin")
        for _, name, _ in calls(path)
        if WRITES.match(name) and "demo" not in path.as_posix()
    }

    # The audit's event log is in a Redis of the operators' choice, which is nobody's production stream.
    assert found <= {"streams_admin/redis_io/scripts.py", "streams_admin/audit/event_log.py"}


def test_only_a_stream_that_nobody_sees_yet_is_built_without_scripts() -> None:
    raw = re.compile(r'b"(XADD|XDEL|XTRIM|XACK|XCLAIM|XGROUP|XSETID|DEL|UNLINK|RENAME|RESTORE|SET)"')
    found = {
        str(path.relative_to(ROOT))
        for folder in ("dashboard", "streams_admin")
        for path in modules(folder)
        if raw.search(path.read_text()) and "demo" not in path.as_posix()
    }

    assert found == {"streams_admin/redis_io/whole.py"}


def test_no_cancellation_is_dropped() -> None:
    """In Python 3.11 `asyncio.wait_for` drops one that comes together with what it waits for; `asyncio.timeout` does not."""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("dashboard", "streams_admin")
        for path in modules(folder)
        for owner, name, line in calls(path)
        if (owner, name) == ("asyncio", "wait_for")
    ]

    assert found == []


@pytest.mark.parametrize("folder", ["dashboard/core", "dashboard/services"])
def test_core_and_services_are_told_the_time(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {owner}.{name}"
        for path in modules(folder)
        for owner, name, line in calls(path)
        if (owner, name) in CLOCKS
    ]

    assert found == []


@pytest.mark.parametrize(
    ("folder", "pattern", "forbidden"),
    [
        ("static/js", "*.js", r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\("),
        ("templates", "*.html", r"\|\s*safe\b|autoescape off|\sstyle=|\son[a-z]+=|<style|javascript:"),
        ("templates", "*.html", r"<script(?![^>]*\bsrc=)(?![^>]*application/json)"),
        ("dashboard", "*.py", r"mark_safe|SafeString|SafeText"),
        ("streams_admin", "*.py", r"mark_safe|SafeString|SafeText"),
    ],
    ids=["scripts write text", "templates escape", "no inline script", "dashboard escapes", "streams_admin escapes"],
)
def test_strangers_bytes_reach_a_page_as_text_only(folder: str, pattern: str, forbidden: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}"
        for path in sorted((ROOT / folder).rglob(pattern))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(forbidden, line)
    ]

    assert found == []


def test_colours_stand_in_one_file() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\boklch\(")
    found = [
        f"{path.name}:{number} {line.strip()[:80]}"
        for path in sorted((ROOT / "static" / "css").glob("*.css"))
        if path.name != "tokens.css"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if colour.search(line)
    ]

    assert found == []
