"""The registry, thresholds, alerts and who hears of them, saved views and links to the wallboard."""

from dashboard.models.alert import Alert
from dashboard.models.alert_event import AlertEvent
from dashboard.models.judging import Beat, ThresholdMemory, WindowBucket
from dashboard.models.mark import Mark
from dashboard.models.notification import GroupMember, Notification, NotificationGroup
from dashboard.models.pack import PackPiece
from dashboard.models.receiver import Receiver, Route
from dashboard.models.saved_view import DefaultView, SavedView
from dashboard.models.server import Server
from dashboard.models.silence import Inhibition, MaintenanceWindow, Silence
from dashboard.models.stream import Stream
from dashboard.models.threshold import Threshold
from dashboard.models.wall_link import WallLink

__all__ = [
    "Alert",
    "AlertEvent",
    "Beat",
    "DefaultView",
    "GroupMember",
    "Inhibition",
    "MaintenanceWindow",
    "Mark",
    "Notification",
    "NotificationGroup",
    "PackPiece",
    "Receiver",
    "Route",
    "SavedView",
    "Server",
    "Silence",
    "Stream",
    "Threshold",
    "ThresholdMemory",
    "WallLink",
    "WindowBucket",
]
