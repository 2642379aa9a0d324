"""Configuration from the environment, then from `var/env`, which `manage.py up` writes on its first start.

The environment wins, so a deployment never needs the file; the file lets a second terminal run `manage.py` against the
installation that `make run` started.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from dashboard.history.resolutions import DEFAULT, Level, parse_levels

BASE_DIR = Path(__file__).resolve().parent.parent

environment = environ.Env()
VAR_DIR = Path(environment.str("VAR_DIR", default=str(BASE_DIR / "var")))
if (VAR_DIR / "env").exists():
    environ.Env.read_env(str(VAR_DIR / "env"), overwrite=False)


def text(name: str, default: str = "") -> str:
    """The variable's text, stripped; `default` where it is absent or empty."""
    return environment.str(name, default="").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on; raises ImproperlyConfigured on anything that is neither true nor false."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0 (also true, false, yes, no, on, off).")


def number(name: str, default: float, *, at_least: float) -> float:
    """The variable as a number; raises ImproperlyConfigured where it is none, or below `at_least`."""
    value = text(name)
    try:
        result = float(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a number.") from None
    if not result >= at_least:
        raise ImproperlyConfigured(f"{name} is {value}; it must be at least {at_least:g}.")
    return result


def words(name: str, default: str = "") -> list[str]:
    """The variable split at commas, without empty parts."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def mail() -> dict[str, Any]:
    """Django's EMAIL_ settings by EMAIL_URL, as in smtp+tls://user:password@mail.example.com:587; raises ImproperlyConfigured."""
    try:
        found = environment.email_url("EMAIL_URL", default="smtp://127.0.0.1:25")
    except (KeyError, ValueError):
        raise ImproperlyConfigured(
            "EMAIL_URL is no address of a mail server: for example smtp+tls://mail.example.com:587."
        ) from None
    return {name: value for name, value in found.items() if name.startswith("EMAIL_") and name != "EMAIL_FILE_PATH"}


def history_levels() -> tuple[Level, ...]:
    """HISTORY, or its default with samples kept as HISTORY_KEPT, its old name, says; raises ImproperlyConfigured."""
    try:
        return parse_levels(text("HISTORY") or _default_levels())
    except ValueError as error:
        raise ImproperlyConfigured(f"HISTORY: {error}") from None


def _default_levels() -> str:
    if not text("HISTORY_KEPT"):
        return DEFAULT
    kept = int(number("HISTORY_KEPT", 0, at_least=900))
    # A coarser resolution is not kept for less time than a finer one.
    coarser = zip(DEFAULT.split(",")[1:], parse_levels(DEFAULT)[1:], strict=True)
    return ",".join([f"samples:{kept}s", *(part for part, level in coarser if level.kept_s >= kept)])
