"""How a message leaves us: by email, webhook, chat, Alertmanager or heartbeat. Plain facts in, an answer out.

This room knows the core and nothing of our models; what it is told of a receiver are texts.
"""

from dashboard.receivers.answers import Answer, Outcome
from dashboard.receivers.dispatch import beat, deliver, problem_of
from dashboard.receivers.templates import Rendered, TemplateProblem, Templates, render

__all__ = ["Answer", "Outcome", "Rendered", "TemplateProblem", "Templates", "beat", "deliver", "problem_of", "render"]
