"""All tags and filters that a receiver's template has. What is not here cannot be said: no include, no load, no debug."""

import time
from typing import Any

from django.template import Context, Library
from django.template import defaultfilters as filters
from django.template.base import Node, NodeList, Parser, TextNode, Token, VariableNode
from django.template.defaulttags import ForNode, comment, do_for, do_if, do_with

MOST_ROUNDS = 5_000
LONGEST_S = 2.0  # of the processor's time: a busy machine is not the template's fault
LONGEST_TEXT = 64 * 1024
BUDGET = "_budget"  # no template can name what begins with a line

register = Library()


class TooMuch(Exception):
    """A template that goes on for longer than a message may."""


class Budget:
    """What all of one message may take: rounds of its loops, characters and seconds."""

    def __init__(self, seconds: float = LONGEST_S) -> None:
        self._rounds, self._characters = MOST_ROUNDS, LONGEST_TEXT
        self._ends_at = time.thread_time() + seconds

    def take_round(self) -> None:
        """Raises TooMuch where one more round is too many, or comes too late."""
        self._rounds -= 1
        if self._rounds < 0:
            raise TooMuch(f"Its loops take more than {MOST_ROUNDS} rounds.")
        if time.thread_time() > self._ends_at:
            raise TooMuch("It takes too long.")

    def take_text(self, text: str) -> None:
        """Raises TooMuch where that is too long."""
        self._characters -= len(text)
        if self._characters < 0:
            raise TooMuch(f"Its text is longer than {LONGEST_TEXT} characters.")


class BudgetedText(TextNode):
    """A template's own words, paid for as they are said: a loop says them again and again."""

    def render_annotated(self, context: Context) -> Any:
        """The words; raises TooMuch."""
        context[BUDGET].take_text(self.s)
        return self.s


class BudgetedVariable(VariableNode):
    """A value, paid for as it is said."""

    def render(self, context: Context) -> Any:
        """The value's text; raises TooMuch."""
        text = super().render(context)
        context[BUDGET].take_text(text)
        return text


class Round(Node):
    """The first thing in each round of a loop: pays for it."""

    def render(self, context: Context) -> Any:
        """Nothing to see; raises TooMuch."""
        context[BUDGET].take_round()
        return ""


def put_on_budget(nodes: NodeList) -> None:
    """Makes every text and value of a template pay, however deep in it they are."""
    for plain, budgeted in ((TextNode, BudgetedText), (VariableNode, BudgetedVariable)):
        for node in nodes.get_nodes_by_type(plain):
            node.__class__ = budgeted


@register.tag("for")
def budgeted_for(parser: Parser, token: Token) -> Node:
    """`{% for alert in alerts %} … {% empty %} … {% endfor %}`."""
    node: ForNode = do_for(parser, token)
    pays: Any = Round()
    pays.token, pays.origin = token, parser.origin  # what Django needs to tell the line of a failure
    node.nodelist_loop.insert(0, pays)
    return node


@register.filter
def join(value: Any, separator: Any) -> str:
    """The parts with the separator between them. Joins of joins grow without end, so each looks at its length first."""
    parts, between = [str(part) for part in value], str(separator)
    if sum(map(len, parts)) + len(between) * len(parts) > LONGEST_TEXT:
        raise TooMuch(f"Its text is longer than {LONGEST_TEXT} characters.")
    return between.join(parts)


register.tag("if", do_if)
register.tag("with", do_with)
register.tag("comment", comment)
for name in ("default", "length", "upper", "lower", "title", "first", "last", "truncatechars", "pluralize"):
    register.filter(name, getattr(filters, name))
