"""What an actuator's `check` takes is what its published schema allows, and nothing makes it raise."""

import jsonschema  # type: ignore[import-untyped]
import pytest

from actuators import registry

RIGHT: dict = {
    "shell": [{"command": "ls", "credentials": ["key"]}],
    "file-writer": [
        {"action": "write", "path": "a", "content": "x", "mode": "644"},
        {"action": "read", "path": "a"},
        {"action": "delete", "path": "a"},
    ],
    "http-client": [{"url": "https://a.example/", "method": "POST", "json": {"a": 1}, "headers": {"A": "b"}}],
    "database": [
        {"engine": "postgresql", "host": "a.example", "database": "d", "credential": "c", "sql": "SELECT 1"},
        {"engine": "sqlite", "path": "a.db", "sql": "SELECT 1"},
    ],
    "docker": [
        {"action": "run", "image": "busybox:test", "command": "ls"},
        {"action": "build", "tag": "x"},
        {"action": "logs", "container": "x"},
    ],
}
ODD: list = [
    None, True, 0, -1, 1e308, 10**30, 0.5, "", " ", "\0", "\ud800", "x" * 129, "x" * 300_000, [], [[]], [None], [""],
    ["x" * 5000], {}, {"": ""}, {"a": []}, [{}], ["a"] * 5000, {"a": {"b": [1]}},
]  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("actuator", registry.MODULES)
def test_E_R24_check_takes_no_more_than_the_schema_and_never_raises(actuator):
    module = registry.actuator(actuator)
    schema = jsonschema.Draft202012Validator(module.PARAMS)
    for right in RIGHT[actuator]:
        assert module.check(right) == {}, right
        for name in module.PARAMS["properties"]:
            for value in ODD:
                params = {**right, name: value}
                if module.check(params) == {}:
                    wrong = [error.message[:200] for error in schema.iter_errors(params)]
                    assert wrong == [], (name, str(value)[:60])
