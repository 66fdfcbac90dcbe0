"""What staff edited by hand, in words for Django's log: what was there before, and what is there now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

NO_EDIT = "Nothing was changed."


def values(row: models.Model) -> dict[str, Any]:
    """The fields of a row that a form could have."""
    return {field.name: field.value_from_object(row) for field in row._meta.concrete_fields if field.editable}


def given(now: Mapping[str, Any]) -> str:
    """Of something new, or of something that goes: each value that is not empty."""
    return "; ".join(f"{name}: {value!r}" for name, value in now.items() if value not in (None, ""))


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Of a change: each value that is another."""
    words = [f"{name}: {before.get(name)!r} → {value!r}" for name, value in now.items() if value != before.get(name)]
    return "; ".join(words) or NO_EDIT
