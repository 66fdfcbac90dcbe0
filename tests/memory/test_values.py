"""Any JSON comes back equal in meaning; what cannot be kept is refused by name, and nothing is stored (E-R25)."""

import json

import pytest

from executor_one.kit.rendering import MAX_DEPTH
from memory import values
from memory.limits import MAX_TAGS
from memory.models import Memory

TEXTS = [
    "null", "true", "false", "0", "-0.0", "1", "1.0", "1e3", "0.1", "5e-324", "1.7976931348623157e308", '""', "[]",
    "{}", str(2**63), str(-(10**400)), "9" * 4000, '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"',
    '{"\\udc00":1}',
    '"\\ud83d\\ude00"', '"😀"', '"\\u2028\\u2029"', '"\\"\\\\/\\b\\f\\n\\r\\t"', '"// no comment"', '"é"', '"e\\u0301"',
    '{"api_key":1,"apiKey":2,"ApiKey":3,"a b":4,"":5}', '{"b":1,"a":2}', '{"value":{"key":{"tags":[null]}}}',
    '{"__proto__":1,"constructor":2}', '"NaN"', '"1e400"', "[[1,[2,[3,{}]]]]",
]  # fmt: skip


def same(value, other):
    """Equal, and of equal types in every place: 1 is not 1.0, nor true; -0.0 is not 0.0."""
    return repr(value) == repr(other)


@pytest.mark.parametrize("text", TEXTS)
def test_E19_E_R25_any_json_comes_back_equal(api, text):
    body = f'{{"key": "a", "value": {text}}}'
    stored = api.post("/api/memory", body, content_type="application/json")
    assert stored.status_code == 201, stored.content
    assert same(json.loads(stored.content)["value"], json.loads(text))
    assert same(json.loads(api.get("/api/memory/a").content)["value"], json.loads(text))
    assert same(json.loads(api.get("/api/memory").content)["data"][0]["value"], json.loads(text))


@pytest.mark.parametrize("text", TEXTS)
def test_E_R38_a_secret_comes_back_equal_too(api, text):
    api.post("/api/memory", f'{{"key": "a", "tags": ["secrets"], "value": {text}}}', content_type="application/json")
    assert same(json.loads(api.get("/api/memory/a").content)["value"], json.loads(text))


def test_64_kib_fit(api, store):
    value = "ä" * ((values.MAX_BYTES - 2) // 2)
    assert values.size(values.encode(value)) == values.MAX_BYTES
    assert store(key="a", value=value).status_code == 201
    assert api.get("/api/memory/a").json()["value"] == value


def test_spaces_do_not_count(api):
    body = '{"key": "a", "value": [' + " " * values.MAX_BYTES + "1]}"
    assert api.post("/api/memory", body, content_type="application/json").status_code == 201


def nested(levels):
    return "[" * levels + "]" * levels


def test_as_deep_as_allowed(api):
    body = f'{{"key": "a", "value": {nested(MAX_DEPTH)}}}'
    assert api.post("/api/memory", body, content_type="application/json").status_code == 201
    assert json.dumps(api.get("/api/memory/a").json()["value"]) == nested(MAX_DEPTH)


WRONG = {
    "no key": ('{"value": 1}', "key"),
    "no value": ('{"key": "a"}', "value"),
    "empty key": ('{"key": "", "value": 1}', "key"),
    "key of 257": (f'{{"key": "{"a" * 257}", "value": 1}}', "key"),
    "NUL in the key": ('{"key": "a\\u0000", "value": 1}', "key"),
    "line break in the key": ('{"key": "a\\nb", "value": 1}', "key"),
    "half a character in the key": ('{"key": "\\ud800", "value": 1}', "key"),
    "key that is a number": ('{"key": 1, "value": 1}', "key"),
    "65 KiB": (json.dumps({"key": "a", "value": "x" * 65 * 1024}), "value"),
    "one byte too many": (json.dumps({"key": "a", "value": "x" * (values.MAX_BYTES - 1)}), "value"),
    "NaN": ('{"key": "a", "value": NaN}', "value"),
    "NaN inside": ('{"key": "a", "value": [{"x": [1, NaN]}], "tags": []}', "value"),
    "Infinity": ('{"key": "a", "tags": [], "value": -Infinity}', "value"),
    "1e400": ('{"key": "a", "value": {"deep": 1e400}}', "value"),
    "1e-400": ('{"key": "a", "value": {"deep": 1e-400}}', "value"),
    "dedupe text": ('{"key": "a", "value": 1, "dedupe": "yes"}', "dedupe"),
    "dedupe 1": ('{"key": "a", "value": 1, "dedupe": 1}', "dedupe"),
    "5,000 digits": (f'{{"key": "a", "value": {"9" * 5000}}}', "value"),
    "one level too deep": (f'{{"key": "a", "value": {nested(MAX_DEPTH + 1)}}}', "value"),
    "1,000 levels": (f'{{"key": "a", "value": {nested(1000)}}}', "value"),
    "1,000 levels of objects": ('{"key": "a", "value": ' + '{"a":' * 1000 + "1" + "}" * 1000 + "}", "value"),
    "100,000 levels": (f'{{"value": {nested(100_000)}, "key": "a"}}', "value"),
    "ttl 0": ('{"key": "a", "value": 1, "ttl": 0}', "ttl"),
    "ttl negative": ('{"key": "a", "value": 1, "ttl": -1}', "ttl"),
    "ttl of eternity": ('{"key": "a", "value": 1, "ttl": 99999999999999999999}', "ttl"),
    "ttl text": ('{"key": "a", "value": 1, "ttl": "60"}', "ttl"),
    "ttl true": ('{"key": "a", "value": 1, "ttl": true}', "ttl"),
    "ttl half": ('{"key": "a", "value": 1, "ttl": 1.5}', "ttl"),
    "importance 1.1": ('{"key": "a", "value": 1, "importance": 1.1}', "importance"),
    "importance negative": ('{"key": "a", "value": 1, "importance": -0.1}', "importance"),
    "importance NaN": ('{"key": "a", "value": 1, "importance": NaN}', "importance"),
    "importance text": ('{"key": "a", "value": 1, "importance": "0.5"}', "importance"),
    "importance true": ('{"key": "a", "value": 1, "importance": true}', "importance"),
    "importance huge": (f'{{"key": "a", "value": 1, "importance": 1{"0" * 400}}}', "importance"),
    "10,000 tags": (json.dumps({"key": "a", "value": 1, "tags": [f"t{n}" for n in range(10_000)]}), "tags"),
    "one tag too many": (json.dumps({"key": "a", "value": 1, "tags": [f"t{n}" for n in range(MAX_TAGS + 1)]}), "tags"),
    "tag with a comma": ('{"key": "a", "value": 1, "tags": ["a,b"]}', "tags.0"),
    "tag with NUL": ('{"key": "a", "value": 1, "tags": ["ok", "a\\u0000"]}', "tags.1"),
    "tag of 65": (json.dumps({"key": "a", "value": 1, "tags": ["x" * 65]}), "tags.0"),
    "empty tag": ('{"key": "a", "value": 1, "tags": [""]}', "tags.0"),
    "tags as text": ('{"key": "a", "value": 1, "tags": "a"}', "tags"),
    "an unknown field": ('{"key": "a", "value": 1, "colour": 1}', "colour"),
    "a field twice": ('{"key": "a", "value": 1, "learnedFrom": null}', "learnedFrom"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_400_with_the_field_and_nothing_is_stored(api, rows_of, name):
    body, field = WRONG[name]
    answer = api.post("/api/memory", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert set(answer.json()["errors"]) == {field}, answer.content
    assert rows_of("SELECT count(*) FROM memory_memory") == [(0,)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("offset=-1", "offset"),
        ("offset=10001", "offset"), ("minImportance=1.1", "minImportance"), ("minImportance=NaN", "minImportance"),
        ("minImportance=x", "minImportance"), ("crystallizedOnly=yes", "crystallizedOnly"), ("query=a%00b", "query"),
        ("tags=a%00b", "tags"), ("tags=" + ",".join(map(str, range(33))), "tags"), ("colour=1", "colour"),
    ],
)  # fmt: skip
def test_a_bad_query_is_400_with_its_name(api, query, field):
    answer = api.get(f"/api/memory?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_the_database_refuses_what_must_not_be(store, rows_of):
    from django.db import IntegrityError, transaction

    store(key="a", tags=["secrets"])
    for change in ("importance = 1.1", "value = 'plain'", "crystallized = true, expires_at = now()"):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows_of(f"UPDATE memory_memory SET {change}")


def test_the_digest_is_of_the_meaning():
    assert values.digest('{"a":1,"b":[1,2]}') == values.digest('{"b":[1,2],"a":1}')
    assert values.digest("[1,2]") != values.digest("[2,1]")
    assert values.digest('"\\ud800"') != values.digest('"\\udc00"')
    assert Memory._meta.get_field("value_digest").max_length == len(values.digest("1"))
