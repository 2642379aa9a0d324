"""The books of a server: what a storm of alerts comes to for those who look on."""

from dashboard.core.lease import Lease
from dashboard.live.sampling.books import MOST_TOLD, Books
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.services import fencing
from tests.services.ticks import a_stream, a_tick, at


def test_a_storm_is_written_at_once_and_told_over_several_ticks(db: None) -> None:
    server, keys = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0"), [b"%d" % n for n in range(250)]
    Stream.objects.bulk_create(Stream(server=server, key=key, key_digest=key.hex()) for key in keys)
    Threshold.objects.create(name="long", metric="length", warning_limit=0)
    Threshold.objects.create(name="watchdog", metric="watchdog", notice_limit=0)
    fencing.claim(Lease(server.pk, 1), "a", at(0))
    books = Books(server, Lease(server.pk, 1))
    books.refresh()

    told = []
    for second in range(4):
        books.note_tick(a_tick(*(a_stream(key, length=1) for key in keys)), at(second))
        notes = books.take()
        assert notes
        told.append(books.settle(notes, at(second)))
        assert Alert.objects.open_count() == 250

    opened = [event for events in told for event in events]
    assert len(opened) == len({event.alert for event in opened if hasattr(event, "alert")}) == 250
    assert max(map(len, told)) == MOST_TOLD
