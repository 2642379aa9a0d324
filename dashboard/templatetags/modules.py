"""`{% module "js/pages/overview.js" %}`: a page's script, with all that it imports named beforehand.

A browser learns of an import only when it has read the module that asks for it, so a chain of ten costs ten round trips.
Named in the page, all of them are fetched at once; those that a script asks for later, by `import("…")`, are not.
"""

import posixpath
import re
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join

register = template.Library()

_IMPORT = re.compile(r"""^(?:import|export)\b[^"';=(]*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)

_LATER = re.compile(r"""\bimport\(["'](\.{1,2}/[^"']+)["']\)""")


@register.simple_tag
def module(path: str) -> str:
    """The links and the script of a module in static/."""
    links = format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(one),) for one in imports_of(path)))
    return format_html('{}\n<script type="module" src="{}"></script>', links, static(path))


@lru_cache(maxsize=64)
def imports_of(path: str) -> tuple[str, ...]:
    """All that a module imports, and what that imports, in the order in which it is met; without the module itself."""
    found = {path: None}
    waiting = [path]
    while waiting:
        at = waiting.pop(0)
        for wanted in _named(_IMPORT, at):
            if wanted not in found:
                found[wanted] = None
                waiting.append(wanted)
    return tuple(found)[1:]


def later_of(path: str) -> tuple[str, ...]:
    """What a module imports by itself only when it is needed; without what that imports."""
    return tuple(_named(_LATER, path))


def _named(pattern: re.Pattern[str], path: str) -> list[str]:
    names = pattern.findall(_source(path))
    return [posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in names]


def _source(path: str) -> str:
    source = finders.find(path)
    return Path(source).read_text() if isinstance(source, str) else ""
