import pytest

from dashboard.core.glob import matches


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        (b"*", b"orders", True),
        (b"orders", b"orders", True),
        (b"orders", b"orders:1", False),
        (b"orders:*", b"orders:", True),
        (b"orders:*", b"orders:a\nb\xff", True),
        (b"o*r*s", b"orders", True),
        (b"o*x*s", b"orders", False),
        (b"h?llo", b"hello", True),
        (b"h?llo", b"hllo", False),
        (b"h[ae]llo", b"hallo", True),
        (b"h[^e]llo", b"hello", False),
        (b"h[^e]llo", b"hallo", True),
        (b"h[a-c]llo", b"hbllo", True),
        (b"h[c-a]llo", b"hbllo", True),
        (b"h[a-", b"h-", True),
        (b"a\\*b", b"a*b", True),
        (b"a\\*b", b"axb", False),
        (b"a\\", b"a\\", True),
        (b"[]a]", b"a", False),
        (b"[\\]]", b"]", True),
        (b"g\xff*", b"g\xff\xfe", True),
        (b"?", b"\xc3\xa9", False),  # bytes, not characters
        (b"a.c", b"abc", False),
        (b"(a|b)$", b"a", False),
        (b"", b"", True),
        (b"*", b"", True),
        (b"**", b"", False),
        (b"", b"a", False),
    ],
)
def test_patterns_match_whole_names_byte_by_byte(pattern: bytes, name: bytes, fits: bool) -> None:
    assert matches(pattern, name) is fits


def test_many_stars_do_not_make_a_hostile_name_slow() -> None:
    # A matcher that tries every split would not end before the heat death of the universe.
    assert not matches(b"*a" * 30 + b"b", b"a" * 5_000)
