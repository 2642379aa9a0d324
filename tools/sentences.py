"""Sentences that are made where no reader is known: found in the sources as they are written, with no mark around them.

A string or f-string is one where it reads like one: it begins with a capital and has several words, or it fills something
in between words. What varies becomes {0}, {1}, …; `x if … else y` becomes both sentences. dashboard/told.py matches them.
"""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "dashboard/core",
    "dashboard/services",
    "dashboard/live",
    "dashboard/redis_io",
    "dashboard/views",
    "dashboard/models",
    "dashboard/receivers",
)
FILES = ("dashboard/middleware.py",)
#: What receivers are sent is for whoever reads there: in English.
SENT = "dashboard/receivers/texts.py"
ACTING = (
    *(
        "actions",
        "ask_forms",
        "asks",
        "backup_forms",
        "backup_views",
        "forms",
        "guard",
        "pending_page",
        "plan_views",
        "planning",
        "plans",
    ),
    *("receipts", "recover", "replay_form", "rows", "run", "views", "wording"),
)
ACTING_FOLDERS = ("access", "admin", "audit", "backup", "policies", "remedies")

_SENTENCE = re.compile(r"[A-Z“‘{(][^\n]* [^\n]*[a-z]")
_UNCAPPED = re.compile(r"[a-z]\S* (\S+ ){3,}.*\.")
_FRAGMENT = re.compile(r"[a-z][a-z, ]+ ")
#: Calls whose words no reader of a page sees, or that are translated by gettext itself.
_UNSEEN = {
    "_",
    "gettext",
    "gettext_lazy",
    "pgettext",
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "execute",
    "compile",
    "ImproperlyConfigured",
    "register_script",
    "TypeError",
    "RuntimeError",
    "AssertionError",
    "LeaseLost",
}


def sources() -> list[Path]:
    """The files that make such sentences."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    found += [ROOT / name for name in FILES] + [ROOT / "streams_admin" / f"{name}.py" for name in ACTING]
    found += [path for name in ACTING_FOLDERS for path in (ROOT / "streams_admin" / name).rglob("*.py")]
    found += [ROOT / "streams_admin" / "models.py"]
    found += [ROOT / name / "apps.py" for name in ("dashboard", "streams_admin")]
    return sorted(path for path in found if path != ROOT / SENT)


def sentences(path: Path) -> list[str]:
    """The sentences of one file, each once, in their order."""
    found: dict[str, None] = {}
    for node in _strings(ast.parse(path.read_text())):
        for text in _variants(node):
            if _reads_like_one(text):
                found[text] = None
    return list(found)


def titles(path: Path) -> list[str]:
    """What the actions of a remedy are called: the sentences of its `title`."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "title"
    ]
    return [
        text
        for function in functions
        for node in _strings(function)
        for text in _variants(node)
        if _reads_like_one(text)
    ]


#: Put together from two parts, neither of which says enough to be found by itself.
COMPOSED = ("no data from {0} for {1}", "{0} unreachable for {1}", "Trim {0}")


def names(path: Path) -> list[str]:
    """The names of fields, choices and labels that a models or admin module gives, also where they are implied."""
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(path.read_text())):
        for text in _names_in(node):
            is_a_path = "__" in text or re.fullmatch(r"\w+\.\w+", text)
            if re.search(r"[a-z]", text) and "<" not in text and "%" not in text and not is_a_path:
                found[text] = None
    return list(found)


def _names_in(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.keyword(
            arg="description" | "help_text" | "label" | "verbose_name" | "verbose_name_plural" | "short_description"
        ):
            yield from _constants(node.value)
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Attribute(attr=kind) | ast.Name(id=kind), args=args, keywords=keywords),
        ) if ("Field" in kind or kind == "ForeignKey") and "label" not in {each.arg for each in keywords}:
            is_relation = kind == "ForeignKey" or "To" in kind
            yield from _constants(args[0]) if args and not is_relation else [name.replace("_", " ")]
        case ast.ClassDef(name=name, bases=[ast.Attribute(attr="Model"), *_]):
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
            yield from (words, f"{words}s")
        case ast.Assign(targets=[ast.Name(id="verbose_name")], value=ast.Constant(value=str(label))):
            yield label
        case ast.Tuple(elts=[ast.Constant(value=str(label)), ast.Dict()]):
            yield label
        case ast.Assign(value=ast.Tuple(elts=[_, ast.Constant(value=str(label))])):
            yield label
        case ast.Call(func=ast.Name(id="Secret"), args=[_, ast.Constant(value=str(label)), *_]):
            yield label


def figures(path: Path) -> list[str]:
    """What numbers count, as receipts pair them: (number, "entries removed")."""
    pairs = [
        node.elts[1]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Tuple) and len(node.elts) == 2
    ]
    pairs += [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "done"
    ]
    found = [text for second in pairs for node in ast.walk(second) for text in _constants(node)]
    return [text for text in dict.fromkeys(found) if re.fullmatch(r"[a-z][a-z, ]+", text)]


def _constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _strings(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            yield node
            if isinstance(node, ast.JoinedStr):
                yield from (
                    part for value in node.values if isinstance(value, ast.FormattedValue) for part in _strings(value)
                )
        elif not _is_unseen(node):
            yield from _strings(node)


def _is_unseen(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Assert)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in _UNSEEN


def _variants(node: ast.expr) -> list[str]:
    values = node.values if isinstance(node, ast.JoinedStr) else [node]
    parts = [_choices(value.value if isinstance(value, ast.FormattedValue) else value) for value in values]
    return [_numbered(choice) for choice in product(*parts)]


def _choices(node: ast.expr) -> list[str | None]:
    """The texts that an expression may be; None is one that varies."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return _choices(node.body) + _choices(node.orelse)
    return [None]


def _numbered(parts: tuple[str | None, ...]) -> str:
    places = iter(range(100))
    text = "".join("\0" if part is None else part for part in parts)
    text = re.sub(r"\{\w*\}", "\0", text)  # a template of str.format
    return re.sub("\0", lambda _: f"{{{next(places)}}}", text)


def _reads_like_one(text: str) -> bool:
    words = re.sub(r"\{\d+\}", "", text)
    if "<" in text or "\n" in text or "|" in text or "[redis" in text:
        return False  # a page's frame, a program, a type
    if not re.search(r"[a-z]{2,}.* .*|[a-z]{3,}", words) or len(re.findall(r"[A-Za-z]", words)) < 5:
        return False
    return bool(_SENTENCE.match(text) or _UNCAPPED.fullmatch(text) or ("{" in text and _FRAGMENT.search(words)))
