"""Topics: the names of channel-layer groups. Everyone who publishes or subscribes takes them from here."""

from dashboard.live.events import Event, MarkMade, SampleTaken

#: Everything but samples and marks: servers lost and back, alerts, actions.
NEWS_TOPIC = "news"


def server_topic(server_id: int) -> str:
    """The topic that carries one server's samples and marks."""
    return f"server.{server_id}"


def topic_of(event: Event) -> str:
    """The topic on which an event travels."""
    return server_topic(event.server) if isinstance(event, SampleTaken | MarkMade) else NEWS_TOPIC
