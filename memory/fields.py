"""A column type that Django does not know."""

from typing import Any

from django.db import models


class BitField(models.Field):  # type: ignore[type-arg]
    """`bit(n)`: n binary digits, as a text of zeros and ones."""

    def __init__(self, bits: int, **options: Any) -> None:
        self.bits = bits
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "bits": self.bits}

    def db_type(self, connection: Any) -> str:
        return f"bit({self.bits})"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return f"%s::bit({self.bits})"
