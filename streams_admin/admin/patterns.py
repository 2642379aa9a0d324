"""Globs that people type, one a line."""

from django.core.exceptions import ValidationError

_MOST_PATTERNS = 100


def patterns_of(text: str) -> str:
    """The patterns, one a line, without empty lines. Raises ValidationError with the one that cannot be meant."""
    patterns = [line for line in text.splitlines() if line.strip()]
    if len(patterns) > _MOST_PATTERNS:
        raise ValidationError(f"These are {len(patterns)} patterns; give at most {_MOST_PATTERNS}.")
    for pattern in patterns:
        if problem := pattern_problem(pattern):
            raise ValidationError(f"{pattern[:60]}: {problem}")
    return "\n".join(patterns)


def pattern_problem(pattern: str) -> str:
    """Why a glob cannot be meant as it stands; empty where it can."""
    plain = pattern.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    if plain.rfind("[") > plain.rfind("]"):
        return "the [ is never closed; write \\[ for the character itself."
    if plain.endswith("\\"):
        return "it ends with a backslash that escapes nothing; write \\\\ for the character itself."
    return ""
