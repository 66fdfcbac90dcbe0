"""The form that states a goal: its words are read by the same rules as the body of POST /api/goals."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from actuators import shell
from executor_one.kit.errors import DomainError
from goals.models import Goal, Priority
from goals.queries import SORTS
from goals.stating import GoalInput

FIELDS = {"semantic_path": "steps"}  # where the form calls a field of the API otherwise


def steps_in(text: str) -> list[Any]:
    """One step a line; a line that begins with a blank goes on with the step above it. JSON is a structured step."""
    steps: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line[:1] in (" ", "\t") and steps:
            steps[-1] += "\n" + line[1:]
        elif line.strip():
            steps.append(line)
    return [_structured(step.strip()) for step in steps if step.strip()]


def _structured(step: str) -> Any:
    """A structured step as its object; a group of shell commands, `{ a; b; }`, is no JSON and stays a text."""
    if step.startswith("{"):
        with suppress(ValueError, RecursionError):
            return json.loads(step)
    return step


def steps_out(steps: list[Any]) -> str:
    """The text that `steps_in` reads as these steps."""
    texts = (step if isinstance(step, str) else json.dumps(step, ensure_ascii=False) for step in steps)
    return "\n".join(text.strip().replace("\n", "\n ") for text in texts)


def steps_of(goal: Goal) -> list[Any]:
    """The steps of a goal; of a direct execution of the shell the command that it ran."""
    if goal.kind == Goal.Kind.DIRECT and goal.semantic_path[0]["type"] == shell.NAME:
        return [action["params"]["command"] for action in goal.semantic_path]
    return list(goal.semantic_path)


class GoalForm(forms.Form):
    """What POST /api/goals takes, as a person writes it. `stated` holds it once the form is valid."""

    description = forms.CharField(
        label="What should be reached?", widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}), required=False
    )
    steps = forms.CharField(
        label="Steps",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}),
        help_text="One a line: shell commands, words that the planner knows, or structured steps as JSON. A line that "
        "begins with a blank goes on with the step above. Without steps the description alone is planned.",
    )
    priority = forms.ChoiceField(choices=[(value, value.capitalize()) for value in Priority.values], initial="normal")
    deadline = forms.DateTimeField(
        label="Deadline (UTC)",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="The goal fails if it is not done by then.",
    )
    self_correct = forms.BooleanField(
        label="Try a failed task again",
        required=False,
        initial=True,
        help_text="With known fixes, then with waits, then with an alternative.",
    )

    stated: dict[str, Any]

    def clean(self) -> dict[str, Any]:
        """Read it by the API's own rules, so that a page and the API refuse the same, in the same words."""
        told = dict(self.cleaned_data)
        deadline = told.get("deadline")
        body = {
            "description": told.get("description", ""),
            "semantic_path": steps_in(told.get("steps", "")),
            "priority": told.get("priority", Priority.NORMAL),
            "deadline": deadline.astimezone(UTC).isoformat() if deadline else None,
            "self_correct": told.get("self_correct", False),
        }
        read = GoalInput(data=body)
        try:
            is_right = read.is_valid()
        except DomainError as refusal:
            self.add_error("steps", refusal.message)
            return told
        if not is_right:
            for name, wrong in read.errors.items():
                field = FIELDS.get(_snake(name), _snake(name))
                self.add_error(field if field in self.fields else None, _words(wrong))
        else:
            self.stated = dict(read.validated_data)
        return told

    @classmethod
    def of(cls, goal: Goal) -> GoalForm:
        """The form as it was filled in for a goal; a deadline that has passed is left out, it would be refused."""
        due = goal.deadline if goal.deadline and goal.deadline > timezone.now() else None
        return cls(
            initial={
                "description": goal.description,
                "steps": steps_out(steps_of(goal)),
                "priority": goal.priority,
                "deadline": due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if due else None,
                "self_correct": goal.self_correct,
            }
        )


def _snake(name: str) -> str:
    return {"semanticPath": "semantic_path", "selfCorrect": "self_correct"}.get(name, name)


def _words(wrong: Any) -> list[str]:
    """The texts of a serializer's errors, those of list items too."""
    if isinstance(wrong, dict):
        return [text for inner in wrong.values() for text in _words(inner)]
    return [str(text) for text in wrong]


SPANS = {
    "24h": ("Last 24 h", timedelta(hours=24)),
    "7d": ("Last 7 d", timedelta(days=7)),
    "30d": ("Last 30 d", timedelta(days=30)),
}


class GoalFilter(forms.Form):
    """The filters of the list of goals, as they stand in its address; what is unknown there does not apply."""

    search = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=[("", "")] + [(one, one) for one in Goal.State.values])
    priority = forms.ChoiceField(required=False, choices=[("", "")] + [(one, one) for one in Priority.values])
    sort = forms.ChoiceField(required=False, choices=[("", "")] + [(one, one) for one in SORTS])
    time = forms.ChoiceField(required=False, choices=[("", "")] + [(one, one) for one in SPANS])
    by = forms.RegexField(r"^(key|user):[\w-]{1,50}$", required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=20_000)

    @property
    def wanted(self) -> dict[str, str]:
        """The filters that apply, by name."""
        self.is_valid()
        told = self.cleaned_data
        names = ("state", "priority", "time", "by", "search", "sort")
        return {name: told[name] for name in names if told.get(name)}

    @property
    def asked(self) -> dict[str, Any]:
        """The same as goals.queries.goals_wanted takes them."""
        told: dict[str, Any] = dict(self.wanted)
        span, by = told.pop("time", ""), told.pop("by", "")
        return told | {"stated": (timezone.now() - SPANS[span][1] if span else None, None), "created_by": by}

    @property
    def number(self) -> int:
        """The page that is asked for, from 1 on."""
        self.is_valid()
        return self.cleaned_data.get("page") or 1
