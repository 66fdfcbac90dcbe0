"""Recall by meaning over the API: what is found, why, and what is never shown."""

import pytest

pytest.importorskip("onnxruntime", reason="the extra `meaning` is not installed")


def ask(api, question, **more):
    answer = api.get("/api/memory", {"query": question, "mode": "semantic", **more})
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


@pytest.fixture
def remember(api, run_jobs):
    def store(*memories, embed=True):
        for key, value, *more in memories:
            body = {"key": key, "value": value, **(more[0] if more else {})}
            answer = api.post("/api/memory", body, content_type="application/json")
            assert answer.status_code in (200, 201), answer.content
        if embed:
            run_jobs()

    return store


def test_other_words_of_one_meaning_are_found(api, remember):
    remember(("pets/rex", "Rex is an old and lazy hound"), ("fruit", "Apples are ripe in October"))
    first, *_ = ask(api, "does somebody have a dog?")
    assert first["key"] == "pets/rex"
    assert first["why"][0]["by"] == "meaning"
