"""Serializers: camelCase out, camelCase or snake_case in, unknown fields refused, customers' JSON untouched."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers

from executor_one.kit.storable import Unstorable, json_text

NUL = "\x00"


def camel(name: str) -> str:
    """`tasks_total` -> `tasksTotal`."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    """`tasksTotal` -> `tasks_total`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), name)


class CamelFields:
    """Declared names become camelCase; only declared names are ever renamed."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        renamed = {}
        for name, field in super().get_fields().items():  # type: ignore[misc]
            if isinstance(field, serializers.SerializerMethodField):
                field.method_name = field.method_name or f"get_{name}"
            elif camel(name) != name and field.source is None:
                field.source = name
            renamed[camel(name)] = field
        return renamed

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = self._known(data)
        return super().to_internal_value(data)  # type: ignore[misc]

    def _known(self, data: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        spellings = {snake(name): name for name in fields} | {name: name for name in fields}
        known: dict[str, Any] = {}
        wrong: dict[str, list[str]] = {}
        for key, value in data.items():
            name = spellings.get(key)
            if name is None:
                wrong[str(key)] = ["This field is not known."]
            elif name in known:
                wrong[str(key)] = ["This field is given twice."]
            else:
                known[name] = value
        if wrong:
            raise serializers.ValidationError(wrong)
        return known


class Serializer(CamelFields, serializers.Serializer[Any]):
    """A plain serializer with the API's naming."""


class ModelSerializer(CamelFields, serializers.ModelSerializer[Any]):
    """A model serializer with the API's naming."""


class Text(serializers.CharField):
    """A string: only JSON strings are taken, NUL is refused (Postgres cannot store it), length in characters."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("This is not a string.")
        if NUL in data:
            raise serializers.ValidationError("A NUL character is not allowed.")
        return super().to_internal_value(data)


class Instant(serializers.DateTimeField):
    """An ISO 8601 time with its offset; a naive time is refused, because nobody can know which one was meant."""

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str) and not re.search(r"(?:[zZ]|[+-]\d\d:?\d\d)$", value.strip()):
            raise serializers.ValidationError("Say the offset too, like 2026-04-06T12:00:00Z.")
        return super().to_internal_value(value)


class Whole(serializers.IntegerField):
    """A whole number: only JSON numbers, never booleans or strings."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("This is not a whole number.")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false: only JSON booleans, never "yes" or 1."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This must be true or false.")
        return data


def refuse_unstorable(value: Any) -> str:
    """The JSON text of a customer's value; ValidationError for what Postgres cannot hold: NUL, half of a character."""
    try:
        return json_text(value)
    except Unstorable as fault:
        raise serializers.ValidationError(str(fault)) from None


class Json(serializers.DictField):
    """An object whose fields are the customer's or an actuator's; what cannot be stored is refused."""

    def to_internal_value(self, data: Any) -> Any:
        refuse_unstorable(data)
        return super().to_internal_value(data)


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, as DRF writes it."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None
