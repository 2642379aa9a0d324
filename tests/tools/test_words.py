"""What `make words` finds, and what its check complains of."""

from pathlib import Path

import pytest

from tools import catalogue, sentences
from tools.browser_words import compiled

TEMPLATE = """
msgid "since {time}"
msgstr ""

msgid "{n} stream"
msgid_plural "{n} streams"
msgstr[0] ""
msgstr[1] ""
"""
HEAD = catalogue.HEADER.format(language="xx")


@pytest.mark.parametrize(
    ("held", "complaint"),
    [
        ('msgid "since {time}"\nmsgstr "seit {time}"', "missing: '{n} stream'"),
        ('msgid "since {time}"\nmsgstr ""', "untranslated: 'since {time}'"),
        ('#, fuzzy\nmsgid "since {time}"\nmsgstr "seit {time}"', "fuzzy: 'since {time}'"),
        ('msgid "since {time}"\nmsgstr "seit {zeit}"', "other placeholders: 'since {time}': 'seit {zeit}'"),
        ('msgid "gone"\nmsgstr "weg"', "no longer said: 'gone'"),
        (
            'msgid "{n} stream"\nmsgid_plural "{n} streams"\nmsgstr[0] "ein Stream"\nmsgstr[1] "Streams"',
            "other placeholders: '{n} stream': 'Streams'",
        ),
    ],
    ids=["missing", "untranslated", "fuzzy", "another placeholder", "stale", "a plural without its number"],
)
def test_the_check_complains_of_a_catalogue_that_is_not_complete(tmp_path: Path, held: str, complaint: str) -> None:
    path = tmp_path / "django.po"
    path.write_text(f"{HEAD}\n{held}\n")

    assert complaint in catalogue.complaints(path, TEMPLATE)


def test_a_complete_catalogue_is_left_in_peace_and_compiled_for_the_browser(tmp_path: Path) -> None:
    path, told = tmp_path / "xx" / "LC_MESSAGES" / "djangojs.po", tmp_path / "told.po"
    path.parent.mkdir(parents=True)
    plural = 'msgid "{n} stream"\nmsgid_plural "{n} streams"\nmsgstr[0] "ein \\"Stream\\""\nmsgstr[1] "{n} Streams"'
    path.write_text(f'{HEAD}\nmsgid "since {{time}}"\nmsgstr "seit {{time}}"\n\n{plural}\n')
    told.write_text(f'{HEAD}\nmsgid "Gone since {{0}}."\nmsgstr "Weg seit {{0}}."\n')

    assert catalogue.complaints(path, TEMPLATE) == []
    script = compiled(path, told)
    assert "plural: (n) => Number((n != 1))" in script
    assert '"{n} stream": ["ein \\"Stream\\"", "{n} Streams"]' in script
    assert '"Gone since {0}.": "Weg seit {0}."' in script


def test_sentences_are_found_as_they_are_written(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text(
        '"""A docstring is none."""\n'
        "def said(n, who, alive):\n"
        "    logger.info('Nor what %s logs.', who)\n"
        "    return f'It waits for {n:.0f} s and {\"is alive\" if alive else \"is dead\"}. ' + 'Nobody knows why.'\n"
        "NAMES = ('a', 'XINFO STREAM')\n"
    )

    assert sentences.sentences(source) == [
        "It waits for {0} s and is alive. ",
        "It waits for {0} s and is dead. ",
        "Nobody knows why.",
    ]
