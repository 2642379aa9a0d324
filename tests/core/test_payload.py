"""What is in an entry: decoded within bounds, masked whatever it is wrapped in, filtered without a way to guess."""

import gzip
import json
import zlib
from typing import Any

import msgpack
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.payload.decoding import MOST_BYTES, Kind, decode
from dashboard.core.payload.filters import matches, parse_filter
from dashboard.core.payload.masks import DEFAULT, Masks
from dashboard.core.payload.opened import OpenedField
from dashboard.core.payload.view import glance, in_full, view_entry
from dashboard.core.refusal import Refusal

SECRET = "hunter2-Zq9"
ALL = Masks(DEFAULT.split(","))
ORDER: dict[str, Any] = {
    "order": {"id": 17, "total": 49.90, "items": [{"sku": "A", "price": 9.5}, {"sku": "B", "price": 12}]},
    "customer": {"name": "Ann", "Password": SECRET},
    "paid": True,
    "none": None,
}
JSON = json.dumps(ORDER).encode()
MSGPACK = msgpack.packb({**ORDER, "raw": b"\xff\0"})


def opened(value: bytes, masks: Masks | None = ALL, name: bytes = b"payload") -> OpenedField:
    return OpenedField(name, value, masks)


def sent(value: bytes, masks: Masks | None = ALL, name: bytes = b"payload") -> str:
    return json.dumps(view_entry([opened(value, masks, name)], in_full()))


def gz(value: bytes) -> bytes:
    return gzip.compress(value, mtime=0)


@pytest.mark.parametrize(
    ("value", "kind", "through"),
    [
        (b"plain", Kind.TEXT, ()),
        (b"", Kind.TEXT, ()),
        ("größe\n\t".encode(), Kind.TEXT, ()),
        (b"17", Kind.TEXT, ()),
        (b"{broken", Kind.TEXT, ()),
        (b"x^ is no zlib", Kind.TEXT, ()),
        (b"\xff\xfe", Kind.BYTES, ()),
        (b"\0\0\0\1", Kind.BYTES, ()),
        (b"\xc1", Kind.BYTES, ()),
        (b"[" * 5000 + b"]" * 5000, Kind.TEXT, ()),
        (b"\x91" * 5000 + b"\xc0", Kind.BYTES, ()),
        (b"\xdd\xff\xff\xff\xff", Kind.BYTES, ()),
        (JSON, Kind.JSON, ()),
        (b"  [1]", Kind.JSON, ()),
        (MSGPACK, Kind.MSGPACK, ()),
        (gz(JSON), Kind.JSON, ("gzip",)),
        (gz(b"a") + gz(b"b"), Kind.TEXT, ("gzip",)),
        (zlib.compress(JSON), Kind.JSON, ("zlib",)),
        (zstd.compress(MSGPACK), Kind.MSGPACK, ("zstd",)),
        (zstd.compress(gz(b"text")), Kind.TEXT, ("zstd", "gzip")),
        (b"\x1f\x8b no gzip", Kind.BYTES, ()),
        (b"\x28\xb5\x2f\xfd no zstd", Kind.BYTES, ()),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_value_is_what_its_bytes_hold(value: bytes, kind: Kind, through: tuple[str, ...]) -> None:
    found = decode(value)

    assert (found.kind, found.through, found.whole) == (kind, through, True)


@pytest.mark.parametrize("compress", [gz, zlib.compress, zstd.compress], ids=["gzip", "zlib", "zstd"])
def test_a_bomb_ends_at_the_limit_with_words(compress: Any) -> None:
    found = decode(compress(b"0" * 50_000_000))

    assert len(found.data) == MOST_BYTES
    assert not found.whole
    assert "larger than 1 MiB when decompressed" in found.note
    assert decode(compress(b"0" * MOST_BYTES)).whole


def test_gzip_that_breaks_off_is_shown_as_far_as_it_goes() -> None:
    found = decode(gz(JSON)[:-9])

    assert JSON.startswith(found.data[:20])
    assert "breaks off" in found.note


@given(st.binary(max_size=200))
def test_no_bytes_break_decoding_masking_or_showing(value: bytes) -> None:
    for bytes_ in (value, gz(value), msgpack.packb([value])):
        sent(bytes_)
        matches([opened(bytes_)], parse_filter("a and $.b > 1", ALL))


def test_numbers_and_repeated_names_are_shown_as_they_were_written() -> None:
    [field] = view_entry([opened(b'{"a": 1.0, "a": 12345678901234567890, "b": 1e400}', None)], glance())["fields"]

    assert field["tree"] == [
        "object",
        [["a", ["number", "1.0", 0]], ["a", ["number", "12345678901234567890", 0]], ["b", ["number", "1e400", 0]]],
        0,
    ]


def test_half_a_character_in_json_can_be_sent() -> None:
    assert "\\\\ud800" in sent(b'{"a": "\\ud800"}', None)


WRAPPED = {
    "field": (b"api_token", SECRET.encode()),
    "fullwidth name": ("ｐａｓｓｗｏｒｄ".encode(), SECRET.encode()),
    "json": (b"p", JSON),
    "json in json": (b"p", json.dumps({"a": json.dumps(ORDER)}).encode()),
    "json in json in json": (b"p", json.dumps({"a": json.dumps([json.dumps(ORDER)])}).encode()),
    "a json string of json": (b"p", json.dumps(json.dumps(ORDER)).encode()),
    "escaped name": (b"p", b'{"pass\\u0077ord": "%s"}' % SECRET.encode()),
    "headers": (b"p", json.dumps({"headers": [["Authorization", SECRET]]}).encode()),
    "name and value": (b"p", json.dumps([{"name": "x-api-key", "value": SECRET}]).encode()),
    "msgpack": (b"p", MSGPACK),
    "msgpack in json's place": (b"p", msgpack.packb({"b": JSON})),
    "compressed in msgpack": (b"p", msgpack.packb({"b": gz(JSON)})),
    "two msgpacks": (b"p", MSGPACK * 2),
    "gzip": (b"p", gz(JSON)),
    "gzip twice": (b"p", gz(gz(JSON))),
    "zlib": (b"p", zlib.compress(JSON)),
    "zstd": (b"p", zstd.compress(JSON)),
    "gzip broken off": (b"p", gz(JSON)[:-9]),
    "gzip four times": (b"p", gz(gz(gz(gz(JSON))))),
    "json broken off": (b"p", JSON[:-3]),
    "json lines": (b"p", JSON + b"\n" + JSON),
    "text before json": (b"p", b"got " + JSON),
    "too large": (b"p", b'{"password": "%s", "x": "%s"}' % (SECRET.encode(), b"x" * MOST_BYTES)),
    "too large, compressed": (b"p", gz(b'{"password": "%s", "x": "%s"}' % (SECRET.encode(), b"x" * MOST_BYTES))),
    "too large, msgpack": (b"p", msgpack.packb({"password": SECRET, "x": b"x" * MOST_BYTES})),
    "form": (b"p", b"user=a&password=%s" % SECRET.encode()),
    "xml": (b"p", b"<user><password>%s</password></user>" % SECRET.encode()),
    "text in json": (b"p", json.dumps({"url": f"https://h/?token={SECRET}"}).encode()),
    "nested too deeply": (b"p", b'{"a":' * 200 + JSON + b"}" * 200),
    "nothing before a bracket": (b"p", b" " * 100 + JSON),
}


@pytest.mark.parametrize("case", WRAPPED)
def test_what_is_masked_is_not_sent_whatever_it_is_wrapped_in(case: str) -> None:
    name, value = WRAPPED[case]
    fields = [opened(value, ALL, name)]
    said = json.dumps([view_entry(fields, in_full()), view_entry([opened(value, ALL, name)], glance())])

    assert SECRET not in said
    assert SECRET.encode().hex() not in said
    assert fields[0].raw is None


@pytest.mark.parametrize("case", WRAPPED)
def test_who_may_see_masked_fields_sees_them(case: str) -> None:
    name, value = WRAPPED[case]

    assert opened(value, None, name).raw == value


@pytest.mark.parametrize(
    "query",
    [
        f'"{SECRET}"',
        "hunter",
        "payload contains hunter",
        f"payload $.customer.* = {SECRET}",
        "$.*.* contains hunter",
        "$.*.* != x and payload contains hunter",
        f"payload != {SECRET} and payload = nothing",
    ],
)
def test_a_filter_cannot_guess_what_is_masked(query: str) -> None:
    for value in (JSON, gz(JSON), MSGPACK, json.dumps({"a": json.dumps(ORDER)}).encode()):
        assert not matches([opened(value)], parse_filter(query, ALL))


def test_a_filter_may_not_name_what_is_masked() -> None:
    for query in ("password = x", "payload $.customer.Password != a", "a = 1 and token contains x"):
        with pytest.raises(Refusal, match="masked for you"):
            parse_filter(query, ALL)
        parse_filter(query, None)


@pytest.mark.parametrize(
    ("mask", "hidden", "kept"),
    [
        ("$.customer.name", "Ann", "A"),
        ("$.order.items[*].sku", '"B"', "Ann"),
        ("$.order.items[0].sku", '"A"', '"B"'),
        ("pay* $.customer.name", "Ann", "49.9"),
        ("$['customer']", "Ann", "49.9"),
        ("$.*.name", "Ann", "49.9"),
        ("NAME", "Ann", "49.9"),
    ],
)
def test_masks_are_globs_and_paths(mask: str, hidden: str, kept: str) -> None:
    for value in (JSON, zstd.compress(MSGPACK)):
        shown = sent(value, Masks([mask]))
        assert hidden not in shown
        assert kept in shown


def test_a_path_leads_into_json_inside_json_and_not_into_another_field() -> None:
    assert "Ann" not in sent(json.dumps({"o": json.dumps(ORDER)}).encode(), Masks(["$.o.customer.name"]))
    assert "Ann" in sent(JSON, Masks(["other* $.customer.name", "$.order.customer"]))


FIELDS = [
    OpenedField(b"status", b"paid", ALL),
    OpenedField(b"n", b"17.0", ALL),
    OpenedField(b"at", b"2026-11-24T10:15", ALL),
    OpenedField(b"my field", b"a and b", ALL),
    OpenedField(b"payload", JSON, ALL),
]


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("status = paid", True),
        ("status == paid", True),
        ("status=paid", True),
        ("status != paid", False),
        ("status contains AI", True),
        ("other = paid", False),
        ("other != paid", False),
        ("n = 17", True),
        ('n = "17"', False),
        ("n >= 17 and n <= 17.00", True),
        ("n > 17", False),
        ("n < 1e3", True),
        ("status > 5", False),
        ("at > 2026-11-24", True),
        ("at < 2026-11-24", False),
        ('"my field" = "a and b"', True),
        ('"my field" contains and', True),
        ("$.order.id = 17", True),
        ("payload $.order.total > 49.8", True),
        ("status $.order.id = 17", False),
        ("$.order.items[*].sku = B", True),
        ("$.order.items[0].sku = B", False),
        ("$.order.items[1]['sku'] = B", True),
        ("$.paid = true", True),
        ("$.none = null", True),
        ("$.order = 17", False),
        ("$.customer.name contains nn and status = paid", True),
        ("$.customer.name contains nn and status = x", False),
        ("sku", True),
        ("ann", True),
        ("nothing like it", False),
    ],
)
def test_a_filter_fits_what_it_says(query: str, fits: bool) -> None:
    assert matches(FIELDS, parse_filter(query, ALL)) is fits


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("$.a", "After a path comes"),
        ("$ = 1", "A path names something"),
        ("a = ", "Something to compare with is missing"),
        ("a = 1 and ", "After “and” comes another condition"),
        ('a = "b" c', "After what is quoted"),
        ("x" * 501, "at most 500 characters"),
        (" and ".join("a" * 9), "at most 8 conditions"),
        ("$" + ".a" * 51 + " = 1", "at most 50 steps"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_in_words(query: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        parse_filter(query, None)


def test_an_entry_is_cut_to_its_room_and_says_so() -> None:
    fields = [OpenedField(b"f%d" % number, b"x" * 10_000, None) for number in range(100)]

    view = view_entry(fields, glance())

    assert len(json.dumps(view)) < 4_000
    assert view["cut"]
    assert view["left"] == 100 - len(view["fields"]) > 0
    assert view["bytes"] == sum(len(field.name) + field.size for field in fields)
    assert view["fields"][0]["bytes"] == 10_000
    assert len(json.dumps(view_entry([opened(json.dumps([0] * 100_000).encode(), None)], glance()))) < 10_000


def test_how_long_a_masked_value_is_is_not_told() -> None:
    short, long = (sent(json.dumps({"password": "x" * n, "a": "b" * 5000}).encode()) for n in (5, 500))

    assert short == long
