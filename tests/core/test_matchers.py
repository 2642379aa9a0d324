"""Matchers: which labels they fit, and what is said of those that mean nothing."""

import pytest

from dashboard.core.matchers import Matcher, Op, fits, in_words, parse, plain

LABELS = {"server": "shop", "stream": "orders:{1}", "severity": "critical", "tags": "money, eu"}


@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        (("server", "=", "shop"), True),
        (("server", "=", "sho"), False),
        (("server", "!=", "shop"), False),
        (("stream", "~", "orders:*"), True),
        (("stream", "~", "orders"), False),
        (("stream", "!~", "clicks:*"), True),
        (("stream", "=", "orders:*"), False),
        (("team", "=", ""), True),
        (("team", "!=", ""), False),
        (("team", "~", "*"), True),
        (("team", "!=", "payments"), True),
        (("tags", "=", "eu"), True),
        (("tags", "=", "money, eu"), False),
        (("tags", "!=", "eu"), False),
        (("tags", "~", "m*y"), True),
        (("tags", "!~", "us*"), True),
    ],
)
def test_a_matcher_compares_a_whole_label_with_a_text_or_a_glob(matcher: tuple[str, str, str], expected: bool) -> None:
    name, op, value = matcher

    assert Matcher(name, Op(op), value).fits(LABELS) is expected


def test_all_matchers_must_fit_and_none_fit_everything() -> None:
    both = parse([{"name": "server", "op": "=", "value": "shop"}, {"name": "severity", "op": "~", "value": "c*"}])

    assert fits(both, LABELS)
    assert not fits(both, LABELS | {"severity": "warning"})
    assert fits((), {})
    assert parse(plain(both)) == both
    assert [in_words(matcher) for matcher in both] == ["server is shop", "severity is like c*"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"name": "a"}, "are a list"),
        ("server=shop", "are a list"),
        ([{"name": "server", "op": "="}], "Matcher 1 needs a name"),
        ([{"name": "server", "op": "=", "value": 5}], "Matcher 1 needs a name"),
        ([{"name": " ", "op": "=", "value": ""}], "Matcher 1 has no label"),
        ([{"name": "server", "op": "=~", "value": ".*"}], "“=~”; it can be one of =, !=, ~, !~"),
        ([{"name": "a", "op": "=", "value": ""}] * 51, "More than 50"),
    ],
)
def test_what_cannot_be_a_matcher_is_refused_in_words(rows: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(rows)
