"""Sentences that were made where no reader is known (by the core, by a sampler, in the audit), in the reader's language.

They are English, with what they tell filled in. `make words` finds them in the sources and writes the parts that vary as
{0}, {1}, …; here a sentence is matched with those patterns, and the translation takes what stood in their places.
"""

import gettext
import re
from functools import lru_cache

import msgspec
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language

_PLACE = re.compile(r"\{(\d+)\}")


class _Pattern(msgspec.Struct, frozen=True):
    anchor: str  # its longest fixed part: looked for first, since that is cheap
    matches: re.Pattern[str]
    said: str


def told(text: str) -> str:
    """The sentence in the reader's language; as it is where there is no translation.

    What is HTML already is Django's own, in that language, and stays as it is: were it remembered, an equal text of a
    stranger's would be taken for HTML too.
    """
    language = get_language() or "en"
    return text if not text or language == "en" or hasattr(text, "__html__") else _told(text, language)


#: The same, worked out when it is shown.
told_later = lazy(told, str)


@lru_cache(maxsize=4096)
def _told(text: str, language: str) -> str:
    entries = _entries(language)
    if text in entries:
        return entries[text]
    if " · " in text:
        return " · ".join(_told(part, language) for part in text.split(" · "))
    for pattern in _patterns(language):
        if pattern.anchor in text and (match := pattern.matches.fullmatch(text)):
            return _filled(pattern.said, [_part(part, language) for part in match.groups()])
    return _by_sentence(text, language)


def _part(part: str, language: str) -> str:
    # A lone word may be somebody's name: it stays.
    return _told(part, language) if " " in part.strip() else part


def _filled(said: str, parts: list[str]) -> str:
    return _PLACE.sub(lambda place: parts[int(place[1])], said)


def _by_sentence(text: str, language: str) -> str:
    sentences = re.split(r"(?<=[.:;]) (?=[A-Z])", text)
    if len(sentences) == 1:
        return text
    return " ".join(_told(sentence, language) for sentence in sentences)


@lru_cache(maxsize=8)
def _entries(language: str) -> dict[str, str]:
    try:
        found = gettext.translation("told", settings.LOCALE_PATHS[0], [language])
    except FileNotFoundError:
        return {}
    entries: dict[str, str] = found._catalog  # type: ignore[attr-defined]
    return {text: said for text, said in entries.items() if text and said}


@lru_cache(maxsize=8)
def _patterns(language: str) -> list[_Pattern]:
    made = [_pattern(text, said) for text, said in _entries(language).items() if _PLACE.search(text)]
    return sorted(made, key=_generality)


def _generality(pattern: _Pattern) -> tuple[bool, int, int]:
    # What begins with words of its own is more particular than "{0} entries".
    matches = pattern.matches.pattern
    return matches.startswith("("), -len(pattern.anchor), -len(matches)


def _pattern(text: str, said: str) -> _Pattern:
    parts = _PLACE.split(text)  # fixed, number, fixed, number, …, fixed; numbers are in order
    matches = "(.*?)".join(re.escape(part) for part in parts[::2])
    return _Pattern(anchor=max(parts[::2], key=len), matches=re.compile(matches, re.DOTALL), said=said)
