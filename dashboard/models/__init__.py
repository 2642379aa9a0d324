"""The registry, thresholds and alerts: one model a file, each with its QuerySet."""

from dashboard.models.alert import Alert
from dashboard.models.mark import Mark
from dashboard.models.server import Server
from dashboard.models.stream import Stream
from dashboard.models.threshold import Threshold

__all__ = ["Alert", "Mark", "Server", "Stream", "Threshold"]
