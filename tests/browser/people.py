"""Somebody with a key and a browser."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import Page

PASSWORD = "correct-horse-battery-9"


class Person:
    """One signed-in person: `api` speaks with their key, `page` is their browser."""

    def __init__(self, email: str, api: Any, page: Any) -> None:
        self.email = email
        self.api: httpx.Client = api
        self.page: Page = page

    def sign_in(self) -> None:
        self.page.goto("/login")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url("**/dashboard")

    def state_goal(self, *steps: str, **fields: Any) -> str:
        """State a goal by the API; answers its id."""
        answer = self.api.post("/api/goals", json={"description": "watched", "semanticPath": list(steps), **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])
