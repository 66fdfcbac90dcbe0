"""A person at a browser, for the tests of pages: Django's client with CSRF enforced, as a form would send it."""

import re
from html import unescape

from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

PASSWORD = "correct-horse-battery-9"
EMAIL = "ada@example.com"
MOST_QUERIES = 12


class Browser:
    """`open` and `send` a page; every page is held to its number of queries."""

    def __init__(self, **more):
        self.client = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"}, **more)

    def open(self, path, **more):
        with CaptureQueriesContext(connection) as asked:
            answer = self.client.get(path, **more)
        assert len(asked) <= MOST_QUERIES, [query["sql"] for query in asked]
        return answer

    def send(self, path, _page=None, **fields):
        """Send a form that stands on `_page` (the same address, when not said), with the token that is in it."""
        page = self.open(_page or path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
        assert token, f"there is no form at {_page or path}: {page.status_code}"
        return self.client.post(path, {**fields, "csrfmiddlewaretoken": token[1]})

    def sign_up(self, email=EMAIL, password=PASSWORD, **more):
        return self.send("/signup", email=email, password=password, **more)

    def sign_in(self, email=EMAIL, password=PASSWORD, **more):
        return self.send("/login", email=email, password=password, **more)

    @property
    def is_in(self):
        return self.client.get("/dashboard/settings").status_code == 200


def text(answer):
    """The page's words."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def mailed(what):
    """The token of the newest mailed link to `what`, like "verify"."""
    return next(found[1] for one in reversed(mail.outbox) if (found := re.search(rf"/{what}\?token=(\S+)", one.body)))


def shown_key(answer):
    found = re.search(r'data-copy="(exo_\w+)"', answer.content.decode())
    return found[1] if found else ""
