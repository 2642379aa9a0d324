"""Which words the program says: templates and Python for Django's catalogue, JavaScript for the browser's, and sentences
that are made where no reader is known ("told") for both."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools import sentences

ROOT = Path(__file__).resolve().parent.parent

_KEYWORDS = {
    "django": (
        "gettext_noop",
        "gettext_lazy",
        "ngettext_lazy:1,2",
        "pgettext:1c,2",
        "npgettext:1c,2,3",
        "_",
        "pgettext_lazy:1c,2",
    ),
    "djangojs": ("t", "nt:1,2"),
    "told": ("_",),
}
_LANGUAGE = {"django": "Python", "djangojs": "JavaScript", "told": "Python"}


def extract(domain: str) -> str:
    """The template (.pot) of a domain, as text; raises CalledProcessError where xgettext fails."""
    with tempfile.TemporaryDirectory(prefix="words-") as folder:
        paths = [str(path) for path in _prepared(domain, Path(folder))]
        command = [
            "xgettext",
            "--from-code=UTF-8",
            f"--language={_LANGUAGE[domain]}",
            "--add-location=file",
        ]
        command += ["--no-wrap", "--force-po", "--sort-by-file", "--add-comments=Translators:", "--output=-"]
        command += [f"--keyword={keyword}" for keyword in _KEYWORDS[domain]]
        done = subprocess.run([*command, *paths], cwd=folder, check=True, capture_output=True, text=True)
    lines = done.stdout.replace("charset=CHARSET", "charset=UTF-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(('"POT-Creation', '"Report-Msgid')))


def _prepared(domain: str, folder: Path) -> Iterator[Path]:
    """Copies of the sources in a folder, templates turned into what xgettext reads; yields their relative paths."""
    for source in _sources(domain):
        path = source.relative_to(ROOT)
        text = source.read_text()
        copy = folder / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(_readable(domain, source, text))
        yield path


def _readable(domain: str, source: Path, text: str) -> str:
    if domain == "told":
        return "".join(f"_({json.dumps(each, ensure_ascii=False)})\n" for each in told_by(source))
    return _templatized(text, str(source)) if source.suffix == ".html" else text


def told_by(source: Path) -> list[str]:
    """What a Python file tells; of models and of the admin also the names of fields."""
    is_named = {"models", "admin"} & {folder.name for folder in source.parents[:2]} or source.name in {
        *("models.py", "apps.py", "forms.py", "ask_forms.py"),
        *("entry.py", "model.py"),
    }
    named = sentences.names(source) if is_named else []
    has_figures = source.name in {"receipts.py", "check.py"} or source.parent.name == "remedies"
    named += sentences.figures(source) if has_figures else []
    composed = list(sentences.COMPOSED) if source.name == "wording.py" and source.parent.name == "core" else []
    return list(dict.fromkeys(named + sentences.sentences(source) + composed))


def heard_by_browsers() -> set[str]:
    """What samples, listings, marks and titles of alerts and actions may say; the rest is told by pages themselves."""
    folders = {ROOT / "dashboard" / name for name in ("core", "live", "redis_io", "services")}
    words = ROOT / "streams_admin" / "wording.py"
    heard = [path for path in sentences.sources() if path == words or folders & set(path.parents)]
    titles = (ROOT / "streams_admin" / "remedies").glob("*.py")
    return {text for path in heard for text in told_by(path)} | {
        text for path in titles for text in sentences.titles(path)
    }


def _sources(domain: str) -> list[Path]:
    if domain == "told":
        return sentences.sources()
    if domain == "djangojs":
        return sorted(path for path in (ROOT / "static" / "js").rglob("*.js") if path.parent.name != "words")
    python = [path for name in ("dashboard", "streams_admin") for path in (ROOT / name).rglob("*.py")]
    return sorted(path for path in python if "migrations" not in path.parts) + sorted(
        (ROOT / "templates").rglob("*.html")
    )


def _templatized(text: str, origin: str) -> str:
    from django.utils.translation.template import templatize

    return templatize(text, origin=origin)


def environment() -> None:
    """Lets Django's template lexer work without an installation."""
    from django.conf import settings

    os.environ.setdefault("LC_ALL", "C.UTF-8")
    if not settings.configured:
        settings.configure(USE_I18N=False)
