"""All tags and filters that a receiver's template has. What is not here cannot be said: no include, no load, no debug."""

from collections.abc import Sized
from typing import Any

from django.template import Context, Library
from django.template import defaultfilters as filters
from django.template.base import Node, Parser, Token
from django.template.defaulttags import ForNode, comment, do_for, do_if, do_with

MOST_ROUNDS = 5_000
LONGEST_TEXT = 64 * 1024
BUDGET = "_budget"  # no template can name what begins with a line

register = Library()


class TooMuch(Exception):
    """A template that goes on for longer than a message may."""


class Budget:
    """What all loops of one message may take together."""

    def __init__(self) -> None:
        self._rounds, self._characters = MOST_ROUNDS, LONGEST_TEXT

    def take_rounds(self, count: int) -> None:
        """Raises TooMuch where so many more are too many."""
        self._rounds -= count
        if self._rounds < 0:
            raise TooMuch(f"Its loops take more than {MOST_ROUNDS} rounds.")

    def take_text(self, text: str) -> None:
        """Raises TooMuch where that is too long."""
        self._characters -= len(text)
        if self._characters < 0:
            raise TooMuch(f"Its text is longer than {LONGEST_TEXT} characters.")


class BudgetedFor(ForNode):
    """Django's loop, on a budget."""

    def render(self, context: Context) -> Any:
        """The loop's text; raises TooMuch."""
        budget: Budget = context[BUDGET]
        sequence: Any = self.sequence
        values = sequence.resolve(context, ignore_failures=True)
        budget.take_rounds(len(values) if isinstance(values, Sized) else 0)
        text = super().render(context)
        budget.take_text(text)
        return text


@register.tag("for")
def budgeted_for(parser: Parser, token: Token) -> Node:
    """`{% for alert in alerts %} … {% empty %} … {% endfor %}`."""
    node = do_for(parser, token)
    empty = (node.nodelist_empty,) if hasattr(node, "nodelist_empty") else ()
    return BudgetedFor(node.loopvars, node.sequence, node.is_reversed, node.nodelist_loop, *empty)


register.tag("if", do_if)
register.tag("with", do_with)
register.tag("comment", comment)
for name in ("default", "length", "upper", "lower", "title", "join", "first", "last", "truncatechars", "pluralize"):
    register.filter(name, getattr(filters, name))
