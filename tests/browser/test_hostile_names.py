"""Two hundred hostile names in a real browser: none of them runs, and the content security policy has nothing to stop."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dashboard.core.names import to_slug
from tests.browser.stack import Stack
from tests.security.names import corpus, fill

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = corpus()
MANY = b"many <b>names</b>"
_REGISTER = """
from dashboard.core.names import digest
from dashboard.models import Server, Stream
from tests.security.names import corpus
server = Server.objects.first()
Stream.objects.bulk_create(
    [Stream(server=server, key=key, key_digest=digest(key)) for key in [*corpus(), MANY]], ignore_conflicts=True
)
print(*[Stream.objects.get(key_digest=digest(key)).pk for key in [*corpus(), MANY]])
""".replace("MANY", repr(MANY))
_FORGET = """
from dashboard.core.names import digest
from dashboard.models import Stream
from tests.security.names import corpus
Stream.objects.filter(key_digest__in=[digest(key) for key in [*corpus(), MANY]]).delete()
""".replace("MANY", repr(MANY))


@pytest.fixture
def numbers(stack: Stack) -> Iterator[list[str]]:
    """The streams' numbers in the registry, last that of the one which has a group and a consumer of each name."""
    with stack.watched.client() as client:
        fill(client, MANY)
        yield stack.shell(_REGISTER).split()
        stack.shell(_FORGET)
        client.delete(MANY, *NAMES)


def test_no_name_runs_on_any_page_that_shows_it(page: "Page", stack: Stack, numbers: list[str]) -> None:
    page.add_init_script("window.ran = []; window.xyzzy = (n) => window.ran.push(n);")
    *some, many = numbers
    admin, group = f"{stack.url}/admin/dashboard/stream", f"?group={to_slug(NAMES[0])}"
    addresses = [f"{stack.url}/streams/{many}/", f"{stack.url}/", f"{stack.url}/actions/", f"{admin}/"]
    addresses += [f"{admin}/{many}/{name}" for name in ("recover/", "trim/", f"pending/{group}", f"group/{group}")]
    addresses += [f"{admin}/{many}/recover/{kind}/{group}" for kind in ("remove_consumer", "set_group_id", "replay")]
    for number in some[::25]:
        addresses += [f"{stack.url}/streams/{number}/", f"{stack.url}/streams/{number}/entries/"]
    for address in addresses:
        page.goto(address)
        page.locator("main").first.wait_for()
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(100)
        assert page.evaluate("window.ran") == [], address
    assert page.evaluate("xyzzy(1), window.ran") == [1], "it would have been seen"
