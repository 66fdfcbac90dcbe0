"""A language model that answers as scripted, and what the tests look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals import language_model
from tests.planning_llm.model_server import KEY, NAME, ModelServer


@pytest.fixture
def no_model_server() -> Iterator[ModelServer]:
    made = ModelServer()
    yield made
    made.close()


@pytest.fixture
def model(no_model_server: ModelServer, settings: Any) -> ModelServer:
    """The installation has a language model."""
    settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY = no_model_server.url, NAME, KEY
    settings.LLM_SECONDS = 30
    language_model.prepare()
    return no_model_server


class Watched:
    """One account and its goals."""

    def __init__(self, member: Any, client: Any) -> None:
        self.member, self.client = member, client

    def state(self, **body: Any) -> str:
        body = {"description": "Do what only a model understands", **body}
        answer = self.client.post("/api/goals", body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        return str(answer.json()["id"])

    def goal(self, goal: str) -> dict[str, Any]:
        return dict(self.client.get(f"/api/goals/{goal}").json())

    def tasks(self, goal: str) -> list[dict[str, Any]]:
        return list(self.client.get(f"/api/goals/{goal}/tasks").json()["data"])

    def calls(self) -> int:
        return int(self.client.get("/api/auth/usage").json()["llmCalls"]["used"])

    def calls_by_day(self) -> int:
        """The same as the history of 30 days has it, by the days of the goals."""
        return sum(day["llmCalls"] for day in self.client.get("/api/auth/usage/history").json()["data"])

    def events(self, type: str) -> list[dict[str, Any]]:
        with account_scope(self.member.account):
            return list(Event.objects.filter(type=type).order_by("id").values_list("data", flat=True))

    def reasons(self) -> list[str]:
        return [one["reason"] for one in self.events("goal.planner_fallback")]


@pytest.fixture
def one(member: Any, api: Any) -> Watched:
    return Watched(member, api)


@pytest.fixture
def watch(db: None, make_member: Any, client_of: Any) -> Any:
    def make(email: str, plan: str) -> Watched:
        member = make_member(email, plan)
        return Watched(member, client_of(member.key))

    return make
