"""Staff of each role, signed in with a second factor, and an account with a row in every table they look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.utils import timezone

from accounts.models import User
from executor_one.kit.staff import OPERATOR, OWNER, SUPPORT

PASSWORD = "correct-horse-battery-9"


def prove_twice(client: Client, user: User) -> None:
    """What a session holds after a sign-in with a code."""
    from allauth.account.internal.flows import login

    session = client.session
    now = timezone.now().timestamp()
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": now}, {"method": "mfa", "type": "totp", "id": 1, "at": now},
    ]  # fmt: skip
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()


@pytest.fixture
def make_staff(db: None) -> Callable[..., Any]:
    """`make_staff("support")` -> a client of that role; `twice=False` without the second factor."""

    def make(role: str, *, twice: bool = True) -> Client:
        user = User.objects.create_user(f"{role}@staff.example.com", PASSWORD, is_staff=True, staff_role=role)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if twice:
            prove_twice(client, user)
        client.user = user  # type: ignore[attr-defined]
        return client

    return make


@pytest.fixture
def support(make_staff: Any) -> Any:
    return make_staff(SUPPORT)


@pytest.fixture
def operator(make_staff: Any) -> Any:
    return make_staff(OPERATOR)


@pytest.fixture
def owner(make_staff: Any) -> Any:
    return make_staff(OWNER)
