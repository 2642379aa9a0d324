"""Provenance: how sure a remembered number was, as a small code beside it, and as the words that live events use."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache

from dashboard.history.metrics import Column, Metric

Word = str | bool | None


def to_codes(metric: Metric, words: Sequence[Word], numbers: Column) -> Column:
    """What to remember of the words beside `numbers`; [] where there are no words."""
    codes = _codes(metric)
    if words and words.count(words[0]) == len(words) and None not in numbers:
        return [codes.get(words[0])] * len(words)  # nearly always, and tens of thousands of times a second
    return [None if number is None else codes.get(word) for word, number in zip(words, numbers, strict=False)]


def to_words(metric: Metric, codes: Column) -> list[Word]:
    """The words of what was remembered. None: there was no number, or it was stored before its provenance was."""
    known: dict[object, Word] = dict(enumerate(metric.words))
    return [known.get(code) for code in codes]


def with_provenance(metrics: Sequence[Metric], names: Collection[str]) -> Iterator[str]:
    """The names, each once, and those of the metrics that say how sure these are."""
    yield from dict.fromkeys([*names, *(metric.name for metric in metrics if metric.tells_of in names)])


@cache
def _codes(metric: Metric) -> dict[Word, int]:
    return {word: place for place, word in enumerate(metric.words)}
