"""The reader's language: the browser's wish, then what was chosen, on every page and for who has not signed in."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_page_speaks_the_language_that_the_browser_asks_for(client: Client) -> None:
    german = client.get("/login/", headers={"accept-language": "de-AT,de;q=0.9"}).content.decode()
    other = client.get("/login/", headers={"accept-language": "fr"}).content.decode()

    assert '<html lang="de"' in german
    assert "js/words/de" in german
    assert '<html lang="en"' in other
    assert "js/words/" not in other


def test_who_has_not_signed_in_may_choose_a_language_and_it_is_kept(client: Client) -> None:
    answer = client.post("/language/", {"language": "de", "next": "/login/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")
    assert '<html lang="de"' in client.get("/login/", headers={"accept-language": "en"}).content.decode()


def test_choosing_a_language_leads_to_no_other_site(client: Client) -> None:
    answer = client.post("/language/", {"language": "de", "next": "https://elsewhere.example/"})

    assert answer.headers["Location"] == "/"
