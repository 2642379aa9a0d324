"""Scripts of pages: everything that they import is named in the page, so that it is fetched at once."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.staticfiles import without_comments
from dashboard.templatetags.modules import imports_of, later_of, module

STATIC = Path(settings.BASE_DIR) / "static"
PAGES = sorted(path.relative_to(STATIC) for path in (STATIC / "js/pages").glob("*.js"))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_import_of_every_page_is_a_file_and_named_once(page: Path) -> None:
    found = imports_of(str(page))

    assert len(found) == len(set(found))
    assert str(page) not in found
    missing = [name for name in found if not (STATIC / name).is_file()]
    assert missing == []


def test_what_an_import_imports_is_named_too() -> None:
    html = module("js/pages/overview.js")

    links = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', html)
    assert {"js/live/socket.js", "js/live/pulse.js", "js/lib/words.js", "js/ui/grid-row.js"} <= set(links)
    assert html.endswith('<script type="module" src="/static/js/pages/overview.js"></script>')


def test_every_module_is_reached_from_a_page() -> None:
    at_once = {name for page in PAGES for name in (str(page), *imports_of(str(page)))}
    later = {late for name in at_once for late in later_of(name)}
    reached = at_once | later | {name for late in later for name in imports_of(late)}
    plain = {"js/ui/theme.js"}  # a script before anything is painted

    modules = {str(path.relative_to(STATIC)) for path in (STATIC / "js").rglob("*.js")}

    assert {name for name in modules - reached - plain if not name.startswith("js/words/")} == set()


def test_comments_and_nothing_else_are_taken_out_of_scripts() -> None:
    source = '// a\n/**\n * b\n */\nconst url = "https://x"; // c\n  // d\n  go(`/** ${url} */`);\n'

    assert without_comments(source) == 'const url = "https://x"; // c\n  go(`/** ${url} */`);\n'
    for path in (STATIC / "js").rglob("*.js"):
        odd = [line for line in without_comments(path.read_text()).splitlines() if line.count("`") % 2]
        assert odd == [], f"{path.name}: a string over several lines may hold what looks like a comment"
