"""Globs that people type, one a line."""

from collections.abc import Callable

from django.core.exceptions import ValidationError

from dashboard.core.glob import problem as pattern_problem
from dashboard.core.payload.masks import parse_mask
from dashboard.core.refusal import Refusal

_MOST_PATTERNS = 100


def patterns_of(text: str) -> str:
    """The patterns, one a line, without empty lines. Raises ValidationError with the one that cannot be meant."""
    return _checked([line for line in text.splitlines() if line.strip()], pattern_problem)


def masks_of(text: str) -> str:
    """The masks of a stream, one a line, without empty lines. Raises ValidationError with the one that cannot be meant."""
    return _checked([line.strip() for line in text.splitlines() if line.strip()], mask_problem)


def _checked(patterns: list[str], problem_of: Callable[[str], str]) -> str:
    if len(patterns) > _MOST_PATTERNS:
        raise ValidationError(f"These are {len(patterns)} patterns; give at most {_MOST_PATTERNS}.")
    for pattern in patterns:
        if problem := problem_of(pattern):
            raise ValidationError(f"{pattern[:60]}: {problem}")
    return "\n".join(patterns)


def mask_problem(mask: str) -> str:
    """Why a mask cannot be meant as it stands; empty where it can."""
    try:
        parse_mask(mask)
    except Refusal as error:
        return str(error)
    return pattern_problem(mask.partition("$")[0])
