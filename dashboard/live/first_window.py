"""The first window of a listing: what a page is drawn with before its socket is open. For threads that may use the database."""

import time

from django.conf import settings
from django.utils.translation import get_language

from dashboard.live.latest import read_samples
from dashboard.live.serving.catalogue import Catalogue, current
from dashboard.live.serving.desk import Desk, Wish
from dashboard.live.serving.listed import ListingTaken

#: As many rows as a tall screen shows.
ROWS = 80


def first_window(view: str, *, alerts: bool) -> tuple[ListingTaken, Catalogue]:
    """The first rows of the view, by the latest samples, and the catalogue that they are from. `alerts`: may be seen."""
    catalogue = current()
    desk = Desk()
    desk.lay_out(catalogue, read_samples(catalogue.servers))
    wish = Wish(view, rows=ROWS, alerts=alerts, language=get_language() or settings.LANGUAGE_CODE)
    return desk.listing(wish, desk.order(wish, time.monotonic())), catalogue
