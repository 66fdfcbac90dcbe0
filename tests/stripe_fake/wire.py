"""How Stripe is spoken to: forms with nested names, errors as JSON, a form checked by the client's own declarations."""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

Object = dict[str, Any]
EXPAND = {"expand": "typing.List[str]"}


class ApiError(Exception):
    """An answer that is an error, as Stripe words it."""

    def __init__(
        self, status: int, message: str, *, kind: str = "invalid_request_error", saved: bool = True, **more: Any
    ) -> None:
        super().__init__(message)
        self.status, self.saved = status, saved
        self.body = {"error": {"type": kind, "message": message} | {key: more[key] for key in more if more[key]}}


def missing(kind: str, wanted: str, param: str = "id", status: int = 404) -> ApiError:
    name = {"checkout.session": "checkout.session", "payment_intent": "payment_intent"}.get(kind, kind)
    return ApiError(status, f"No such {name}: '{wanted}'", code="resource_missing", param=param)


def declined(**more: Any) -> ApiError:
    return ApiError(
        402, "Your card was declined.", kind="card_error", code="card_declined", decline_code="generic_decline", **more
    )


def decode(form: str) -> Object:
    """`a[b][0][c]=d` as {"a": {"b": [{"c": "d"}]}}."""
    tree: Object = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        keys = [name.split("[", 1)[0], *re.findall(r"\[([^\]]*)\]", name)]
        place = tree
        for key in keys[:-1]:
            place = place.setdefault(key or str(len(place)), {})
        place[keys[-1] or str(len(place))] = value
    return {key: listed(value) for key, value in tree.items()}


def listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: listed(each) for key, each in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


@cache
def declared(name: str) -> tuple[Any, Any]:
    """`checkout.session.create` -> the module and the TypedDict in which `stripe` declares its parameters."""
    *folder, noun, verb = name.split(".")
    module = importlib.import_module(".".join(["stripe.params", *folder, f"_{noun}_{verb}_params"]))
    return module, getattr(module, "".join(word.title() for word in f"{noun}_{verb}".split("_")) + "Params")


def check(params: Object, name: str) -> Object:
    """The same parameters as bool and int; unknown, missing and impossible ones are refused as Stripe does it."""
    if not name:
        return check_fields(params, EXPAND, None, "")
    module, form = declared(name)
    options = importlib.import_module("stripe").RequestOptions.__annotations__
    fields = {key: str(kind) for key, kind in form.__annotations__.items() if key not in options} | EXPAND
    require(params, form, "")
    return check_fields(params, fields, module, "")


def require(params: Object, form: Any, within: str) -> None:
    for key in sorted(form.__required_keys__ - {*params}):
        path = f"{within}[{key}]" if within else key
        raise ApiError(400, f"Missing required param: {path}.", code="parameter_missing", param=path, saved=False)


def check_fields(params: Object, fields: dict[str, str], module: Any, within: str) -> Object:
    checked = {}
    for key, value in params.items():
        path = f"{within}[{key}]" if within else key
        if key not in fields:
            raise ApiError(
                400, f"Received unknown parameter: {path}", code="parameter_unknown", param=path, saved=False
            )
        checked[key] = check_value(value, fields[key], module, path)
    return checked


def check_value(value: Any, kind: str, module: Any, path: str) -> Any:
    if isinstance(value, list):
        return [check_value(each, kind, module, f"{path}[{number}]") for number, each in enumerate(value)]
    if isinstance(value, dict):
        forms = [getattr(module, name, None) for name in re.findall(r"\b[A-Z]\w*Params[A-Z]\w*", kind)]
        if "Dict[" in kind:
            return value
        if not forms or forms[0] is None:
            raise ApiError(400, "Invalid string: {...}", param=path, saved=False)
        require(value, forms[0], path)
        return check_fields(value, {k: str(v) for k, v in forms[0].__annotations__.items()}, module, path)
    return check_word(value, kind, path)


def check_word(value: str, kind: str, path: str) -> Any:
    words = [word for group in re.findall(r"Literal\[([^\]]*)\]", kind) for word in re.findall(r"'(\w+)'", group)]
    if value == "" or value in words:
        return value
    if re.search(r"\bbool\b", kind):
        if value not in ("true", "false"):
            raise ApiError(400, f"Invalid boolean: {value}", param=path, saved=False)
        return value == "true"
    if re.search(r"\bint\b", kind):
        if not re.fullmatch(r"-?\d+", value):
            raise ApiError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=path, saved=False)
        return int(value)
    if len(words) > 1:
        choice = ", ".join(words[:-1]) + f", or {words[-1]}"
        raise ApiError(400, f"Invalid {path}: must be one of {choice}", param=path, saved=False)
    return value
