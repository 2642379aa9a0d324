"""Two hundred names that streams, groups and consumers of strangers may have. What would run calls `xyzzy`."""

from typing import Any

import redis

_SCRIPTS = (
    "<script>xyzzy(1)</script>",
    "</script><script>xyzzy(1)</script>",
    "<img src=x onerror=xyzzy(1)>",
    '"><img src=x onerror=xyzzy(1)>',
    "'><svg onload=xyzzy(1)>",
    "<svg/onload=xyzzy(1)>",
    '" onmouseover="xyzzy(1)" x="',
    "' onfocus='xyzzy(1)' autofocus='",
    "` onclick=xyzzy(1) `",
    "javascript:xyzzy(1)",
    "data:text/html,<script>xyzzy(1)</script>",
    "<a href=javascript:xyzzy(1)>x</a>",
    "<iframe srcdoc='<script>xyzzy(1)</script>'>",
    "<style>*{background:url(javascript:xyzzy(1))}</style>",
    "<base href=//xyzzy.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:xyzzy(1)'>",
    "<form action=javascript:xyzzy(1)><button>x",
    "<math><mi xlink:href=javascript:xyzzy(1)>x",
    "<template><script>xyzzy(1)</script></template>",
    "<!--<script>xyzzy(1)</script>-->",
    "]]><script>xyzzy(1)</script>",
    "<details open ontoggle=xyzzy(1)>",
    "&lt;script&gt;xyzzy(1)&lt;/script&gt;",
    "\\u003cscript\\u003exyzzy(1)\\u003c/script\\u003e",
    "</title><script>xyzzy(1)</script>",
    "</textarea><script>xyzzy(1)</script>",
    "</option></select><script>xyzzy(1)</script>",
    "<scr<script>ipt>xyzzy(1)</script>",
    "<object data=javascript:xyzzy(1)>",
    "<link rel=stylesheet href=javascript:xyzzy(1)>",
)
_TEMPLATES = (
    "{{ 7|add:7 }}",
    "{% load static %}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "%(name)s",
    "{0}",
    "{name!r}",
    "%s%n%d",
)
_FORMULAS = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("x")',
    "=1;2",
    "|x",
    "%0A=1",
)
_PATHS = (
    "../../etc/passwd",
    "..\\..\\x",
    "/",
    "//x",
    ".",
    "..",
    "a/b",
    "a?b=c&d=e",
    "a#b",
    "%2e%2e%2f",
    "%00",
    "CON",
    "a;b",
    "a b",
    " ",
    "  a  ",
)
_BIDI = (
    "\u202eevil",
    "\u2066a\u2069",
    "a\u200bb",
    "\ufeffa",
    "e\u0301",
    "\u0000a",
    "a\x00b",
    "a\x1b[31mb",
    "a\x08b",
    "\x7f",
    "\u2028a",
    "a\u0085b",
)
_WORDS = (
    "null",
    "None",
    "undefined",
    "NaN",
    "true",
    "0",
    "-1",
    "1e309",
    "[]",
    "{}",
    '{"a": 1}',
    "[object Object]",
    "' OR 1=1 --",
    "'; DROP TABLE x;--",
    '"',
    "'",
    "\\",
    "\\\\",
    "\n",
    "a\nb",
    "\r\n",
    "\t",
    "",
    "*",
    "?",
    "[a-z]",
    "{tag}",
    "{tag}a",
    "}{",
    "FLUSHALL",
    "\r\nFLUSHALL\r\n",
    "$1\r\na\r\n",
)
_BYTES = (
    b"\xff",
    b"\xfe\xff",
    b"\xc3\x28",
    b"\xa0\xa1",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\x80abc",
    b"abc\x80",
    b"\x00\xff",
    bytes(range(256)),
)
_TEXTS = (
    "日本語",
    "Ελληνικά",
    "עברית",
    "العربية",
    "👩‍👩‍👧",
    "ß",
    "İ",
    "ﷺ",
    "a" * 200,
    "日" * 100,
    "x" * 65_536,
    "<b>" * 20_000,
)


def fill(client: "redis.Redis", many: bytes) -> None:
    """A stream of each name with a group, a consumer, a field and an entry that is pending; and one with a group of each name, the first with a consumer of each."""
    names = corpus()
    batch: Any = client.pipeline(transaction=False)
    for name in names:
        batch.xadd(name, {name: name[:1000]}, id="1-1")
        batch.xgroup_create(name, name, "0")
        batch.xreadgroup(name, name, {name: ">"})
        batch.xgroup_create(many, name, "0", mkstream=True)
        batch.xgroup_createconsumer(many, names[0], name)
    batch.xadd(many, {"a": "b"}, id="1-1")
    batch.xreadgroup(names[0], names[1], {many: ">"})
    batch.execute()


def corpus() -> list[bytes]:
    """The names, each once."""
    texts = [*_SCRIPTS, *_TEMPLATES, *_FORMULAS, *_PATHS, *_BIDI, *_WORDS, *_TEXTS]
    texts += [f"{script}\u202e{formula}" for script, formula in zip(_SCRIPTS, _FORMULAS * 3, strict=True)]
    texts += [f"{word}{script}" for word, script in zip(_WORDS, _SCRIPTS, strict=False)]
    found = [text.encode() for text in texts] + list(_BYTES)
    found += [b"\xff" + script.encode() for script in _SCRIPTS]
    return list(dict.fromkeys(name for name in found if name))[:200]
