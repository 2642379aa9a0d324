"""The registry, thresholds, alerts saved views and links to the wallboard: one model a file, each with its QuerySet."""

from dashboard.models.alert import Alert
from dashboard.models.mark import Mark
from dashboard.models.saved_view import DefaultView, SavedView
from dashboard.models.server import Server
from dashboard.models.stream import Stream
from dashboard.models.threshold import Threshold
from dashboard.models.wall_link import WallLink

__all__ = ["Alert", "DefaultView", "Mark", "SavedView", "Server", "Stream", "Threshold", "WallLink"]
