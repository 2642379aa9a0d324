"""`make words`: brings the catalogues up to date and compiles them; `--check` says what is missing and changes nothing.

For each language of locale/: django.po (templates and Python) → django.mo, told.po (sentences that are made where no reader is
known) → told.mo, djangojs.po and told.po → static/js/words/LANGUAGE.js. All results are committed, so that only who changes words needs gettext.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import catalogue, extract
from tools.browser_words import compiled

LOCALE = extract.ROOT / "locale"
BROWSER = extract.ROOT / "static" / "js" / "words"
DOMAINS = ("django", "djangojs", "told")


def main() -> None:
    if shutil.which("xgettext") is None:
        sys.exit("words: gettext is needed; on Debian or Ubuntu: apt install gettext")
    extract.environment()
    templates = {domain: extract.extract(domain) for domain in DOMAINS}
    languages = sorted(path.name for path in LOCALE.iterdir() if path.is_dir())
    if "--check" not in sys.argv[1:]:
        for language in languages:
            update(language, templates)
    complaints = [line for language in languages for line in check(language, templates)]
    if complaints:
        sys.exit("\n".join(complaints))


def update(language: str, templates: dict[str, str]) -> None:
    """Merges the program's words into the language's catalogues and compiles both."""
    for domain, template in templates.items():
        path = po(language, domain)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(catalogue.HEADER.format(language=language))
        with tempfile.NamedTemporaryFile("w", suffix=".pot") as file:
            file.write(template)
            file.flush()
            merge = [
                "msgmerge",
                "--quiet",
                "--no-fuzzy-matching",
                "--no-wrap",
                "--force-po",
                "--add-location=file",
                "--sort-by-file",
            ]
            merged = gettext(*merge, str(path), file.name)
        path.write_text(gettext("msgattrib", "--no-obsolete", "--no-wrap", "--force-po", "-", stdin=merged))
    for domain in ("django", "told"):
        options = ["--check-format"] if domain == "django" else []
        gettext("msgfmt", *options, "-o", str(po(language, domain).with_suffix(".mo")), str(po(language, domain)))
    (BROWSER / f"{language}.js").write_text(browser_script(language))


def browser_script(language: str) -> str:
    """The script of words that a browser loads."""
    return compiled(po(language, "djangojs"), po(language, "told"), heard=extract.heard_by_browsers())


def check(language: str, templates: dict[str, str]) -> list[str]:
    """What is untranslated, fuzzy, stale or not compiled, a line each."""
    complaints = []
    for domain, template in templates.items():
        path = po(language, domain)
        complaints += [f"{path.relative_to(extract.ROOT)}: {line}" for line in catalogue.complaints(path, template)]
    if _compiled(language) != _committed(language):
        complaints.append(f"locale/{language} is not compiled as it is; `make words` does it")
    return complaints


def _compiled(language: str) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="words-") as folder:
        made = Path(folder) / "made.mo"
        found = []
        for domain in ("django", "told"):
            gettext("msgfmt", "-o", str(made), str(po(language, domain)))
            found.append(made.read_bytes())
        return [*found, browser_script(language).encode()]


def _committed(language: str) -> list[bytes]:
    paths = [
        po(language, "django").with_suffix(".mo"),
        po(language, "told").with_suffix(".mo"),
        BROWSER / f"{language}.js",
    ]
    return [path.read_bytes() if path.exists() else b"" for path in paths]


def po(language: str, domain: str) -> Path:
    """Where a catalogue stands."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def gettext(*command: str, stdin: str | None = None) -> str:
    """What one of gettext's programs printed; ends the program with its words where it fails."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"words: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
