"""The way in: a client of a target, words for what fails, and a test of everything that watching needs."""

from dashboard.redis_io.check import Check, Step
from dashboard.redis_io.check_deployment import check
from dashboard.redis_io.client import CLIENT_NAME, connect
from dashboard.redis_io.faults import explain
from dashboard.redis_io.nodes import connect_for

__all__ = ["CLIENT_NAME", "Check", "Step", "check", "connect", "connect_for", "explain"]
