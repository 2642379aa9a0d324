import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.names import digest, display, from_display, from_slug, to_slug

# Bytes that make trouble are drawn more often than chance would.
tricky = st.lists(
    st.sampled_from(["\\", "\\x", "\\u00a0", "\u00a0", "\u0085", "\u202e", "\n", "é", "<b>", '"', "\u200b", "𝕏"]).map(
        str.encode
    )
    | st.sampled_from([b"\xff", b"\xa0", b"\x85", b"\xc2", b"\xe2\x80", b"\0", b" "])
).map(b"".join)
names = tricky | st.binary(max_size=40)


@given(names, names)
def test_two_names_never_look_the_same(one: bytes, other: bytes) -> None:
    assert (display(one) == display(other)) == (one == other)


@given(names)
def test_a_shown_name_is_printable(name: bytes) -> None:
    assert display(name).isprintable()


@given(names)
def test_a_name_can_be_typed_as_it_is_shown(name: bytes) -> None:
    assert from_display(display(name)) == name


@given(st.text(max_size=20))
def test_whatever_is_typed_is_some_name(text: str) -> None:
    assert isinstance(from_display(text), bytes)


@given(names)
def test_a_slug_holds_the_name_exactly_and_needs_no_quoting(name: bytes) -> None:
    slug = to_slug(name)

    assert from_slug(slug) == name
    assert set(slug) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("slug", ["a", "a b", "ä", "a+b/", "a=b", "%", "YR", "YQ=="])
def test_what_is_no_slug_is_refused(slug: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        from_slug(slug)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"orders", "orders"),
        ("größe".encode(), "größe"),
        (b"g\xff", "g\\xff"),
        (b"g\\xff", "g\\\\xff"),
        (b"a\nb", "a\\nb"),
        ("a\u202eb".encode(), "a\\u202eb"),
        ("a\u00a0b".encode(), "a\\u00a0b"),
        (b"<b>'\"", "<b>'\""),
    ],
)
def test_names_are_shown_as_text_with_what_is_none_escaped(name: bytes, shown: str) -> None:
    assert display(name) == shown


def test_a_digest_is_64_hexadecimal_characters() -> None:
    assert len(digest(b"x" * 100_000)) == 64
