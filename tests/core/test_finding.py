"""How names are found and ordered."""

import pytest

from dashboard.core.finding import entry, find, words_of

NAMES = ["orders", "my-orders", "reorders", "orders:eu", "billing"]
ENTRIES = [
    entry("stream", name, detail="shop", url=f"/{name}/", also=("team orders" if name == "billing" else "",))
    for name in NAMES
]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("orders", ["orders", "orders:eu", "my-orders", "reorders", "billing"]),
        ("ORDERS eu", ["orders:eu"]),
        ("shop bill", ["billing"]),
        ("  ", ["orders", "billing", "reorders", "my-orders", "orders:eu"]),
        ("orders.*", []),
    ],
    ids=[
        "the name itself, its beginning, a part, inside, elsewhere",
        "every word",
        "by its detail",
        "nothing typed",
        "no pattern",
    ],
)
def test_the_nearest_name_comes_first(query: str, wanted: list[str]) -> None:
    found, count = find(ENTRIES, words_of(query), most=10)

    assert [each.name for each in found] == wanted
    assert count == len(wanted)


def test_no_more_is_given_than_asked_for_and_the_rest_is_counted() -> None:
    found, count = find(ENTRIES, ["orders"], most=2)

    assert [each.name for each in found] == ["orders", "orders:eu"]
    assert count == 5
