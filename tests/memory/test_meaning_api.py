"""Recall by meaning over the API: what is found, why, in which order, and what never is."""

import pytest
import time_machine
from django.utils import timezone

from executor_one.kit import tenancy
from memory import semantic, tasks
from memory.meaning import encoder
from memory.models import Memory, MemoryVector, MemoryWord

pytestmark = pytest.mark.skipif(not encoder.installed(), reason="the extra `meaning` is not installed")

PETS = {"pets/rex": "Rex is an old and lazy hound", "fruit": "Apples are ripe in October"}
NGINX = {"infra/nginx/timeout": "proxy_read_timeout is 65 seconds", "infra/dns": "zones are served by Cloudflare"}


def keys(found):
    return [one["key"] for one in found]


def reasons(found, key):
    return {reason["by"]: reason for one in found if one["key"] == key for reason in one["why"]}


def test_other_words_of_one_meaning_are_found(api, ask, remember):
    remember(api, PETS)
    found = ask(api, "does somebody have a dog?")
    assert keys(found)[0] == "pets/rex"
    assert found[0]["why"] == [{"by": "meaning", "similarity": pytest.approx(0.3, abs=0.2)}]
    assert found[0]["value"] == PETS["pets/rex"]


def test_each_way_of_finding_says_so(api, ask, remember):
    remember(api, NGINX, tags=["proxy"])
    found = reasons(ask(api, "proxy timeout"), "infra/nginx/timeout")
    assert set(found) == {"meaning", "words", "tags"}
    assert found["words"] == {"by": "words", "words": ["proxy", "timeout"]}
    assert found["tags"] == {"by": "tags", "tags": ["proxy"]}
    assert "prefix" in reasons(ask(api, "infra/ng"), "infra/nginx/timeout")
    assert "prefix" not in reasons(ask(api, "infra/ng"), "infra/dns")


def test_what_several_ways_find_comes_before_what_one_does(api, ask, remember):
    remember(api, {"a": "nginx is restarted by systemd", "b": "the web server is restarted by systemd"})
    assert keys(ask(api, "who restarts nginx"))[0] == "a"


def test_a_rare_word_is_found_among_many(api, ask, remember):
    remember(api, {f"filler/{at}": f"payment {at} of the shop was booked" for at in range(40)})
    remember(api, {"odd": "seen on Tuesday: QX-7741-B"})
    found = ask(api, "QX-7741-B", limit=1)
    assert keys(found) == ["odd"]
    assert "qx-7741-b" in reasons(found, "odd")["words"]["words"]


def test_before_its_vector_is_made_a_memory_is_found_by_words_prefix_and_tags(api, ask, remember):
    remember(api, PETS, tags=["animal"], embed=False)
    assert set(reasons(ask(api, "the lazy hound"), "pets/rex")) == {"words"}
    assert set(reasons(ask(api, "pets/r"), "pets/rex")) == {"words", "prefix"}
    assert set(reasons(ask(api, "which animal"), "pets/rex")) == {"words", "tags"}
    assert ask(api, "does somebody have a dog?") == []


def test_asking_has_the_missing_vectors_made(api, ask, remember, run_jobs, member):
    remember(api, PETS)
    with tenancy.account_scope(member.account):  # as after an update of the model
        MemoryVector.objects.update(model="another")
    assert ask(api, "does somebody have a dog?") == []
    assert run_jobs() == 1
    assert keys(ask(api, "does somebody have a dog?"))[0] == "pets/rex"
    assert run_jobs() == 0


def test_many_missing_vectors_are_made_a_few_at_a_time(api, remember, member, monkeypatch, run_jobs):
    monkeypatch.setattr("memory.indexing.AT_ONCE", 32)
    remember(api, {f"fact/{at}": f"fact number {at}" for at in range(70)}, embed=False)
    with tenancy.account_scope(member.account):
        from django_q.models import OrmQ

        OrmQ.objects.all().delete()  # lost jobs
        tasks.embed(member.id)
        assert MemoryVector.objects.exclude(model="").count() == 32
        assert run_jobs() == 2
        assert not MemoryVector.objects.filter(model="").exists()


def test_a_new_value_has_a_new_vector_and_new_words(api, ask, remember, run_jobs):
    remember(api, PETS)
    api.patch("/api/memory/pets/rex", {"value": "an aquarium full of carp"}, content_type="application/json")
    assert "pets/rex" not in keys(ask(api, "lazy hound"))
    run_jobs()
    assert keys(ask(api, "does anybody keep fish?"))[0] == "pets/rex"
    assert "words" not in reasons(ask(api, "lazy hound"), "pets/rex")


def test_nothing_stays_of_what_is_deleted(api, ask, remember, member):
    remember(api, PETS)
    assert api.delete("/api/memory/pets/rex").status_code == 204
    assert keys(ask(api, "does somebody have a dog?")) in ([], ["fruit"])
    with tenancy.account_scope(member.account):
        left = Memory.objects.get().pk
        assert [row.memory_id for row in MemoryVector.objects.all()] == [left]
        assert {row.memory_id for row in MemoryWord.objects.all()} == {left}


def test_of_a_secret_only_key_and_tags_are_read(api, ask, remember, member):
    remember(api, {"credentials/shop": "the dog's name is Bellatrix"}, tags=["Secrets"])
    assert "words" not in reasons(ask(api, "Bellatrix"), "credentials/shop")
    assert "words" in reasons(ask(api, "shop credentials"), "credentials/shop")
    with tenancy.account_scope(member.account):
        (model,) = MemoryVector.objects.values_list("vector", flat=True)
    remember(api, {"credentials/shop": "something else altogether"})
    with tenancy.account_scope(member.account):
        assert bytes(MemoryVector.objects.get().vector) == bytes(model)


def test_a_value_that_becomes_secret_leaves_the_index_at_once(api, ask, remember, member):
    remember(api, {"note": "the dog's name is Bellatrix"})
    assert "words" in reasons(ask(api, "Bellatrix"), "note")
    api.patch("/api/memory/note", {"tags": ["secrets"]}, content_type="application/json")
    assert "note" not in keys(ask(api, "Bellatrix"))
    assert "note" not in keys(ask(api, "what is the pet called"))


@pytest.mark.parametrize("few", [semantic.FEW, 0], ids=["few have the tag", "many have"])
def test_filters_hold_for_all_ways_of_finding(api, ask, remember, few, monkeypatch):
    monkeypatch.setattr(semantic, "FEW", few)
    remember(api, {"dogs/a": "a dog of breed A"}, tags=["pet", "big"], importance=0.9)
    remember(api, {"dogs/b": "a dog of breed B"}, tags=["pet"], importance=0.2)
    remember(api, {"dogs/c": "a dog of breed C"}, tags=["big"])
    api.post("/api/memory/dogs/b/crystallize")
    assert set(keys(ask(api, "dog"))) == {"dogs/a", "dogs/b", "dogs/c"}
    assert set(keys(ask(api, "dog", tags="pet"))) == {"dogs/a", "dogs/b"}
    assert keys(ask(api, "dog", tags="pet,big")) == ["dogs/a"]
    assert keys(ask(api, "dog", minImportance="0.9")) == ["dogs/a"]
    assert keys(ask(api, "dog", crystallizedOnly="true")) == ["dogs/b"]
    assert ask(api, "dog", crystallizedOnly="true", tags="big") == []
    assert len(ask(api, "dog", limit=2)) == 2
    assert ask(api, "dog", limit=2)[1:] + ask(api, "dog", limit=1, offset=2) == ask(api, "dog", limit=3)[1:]


def test_what_is_expired_is_not_found(api, ask, remember):
    remember(api, {"pets/rex": "a lazy hound"}, ttl=60)
    assert keys(ask(api, "lazy hound")) == ["pets/rex"]
    with time_machine.travel(timezone.now() + timezone.timedelta(seconds=61), tick=False):
        assert ask(api, "lazy hound") == []


def test_two_accounts_with_one_content_see_each_their_own(api, ask, remember, make_member, client_of):
    other = client_of(make_member("two@example.com").key)
    remember(api, PETS, tags=["animal"])
    remember(other, PETS, tags=["animal"])
    for client in (api, other):
        listed = {one["id"] for one in client.get("/api/memory").json()["data"]}
        for question in ("does somebody have a dog?", "lazy hound", "pets/", "animal"):
            found = ask(client, question)
            assert found
            assert {one["id"] for one in found} <= listed
    for key in PETS:
        other.delete(f"/api/memory/{key}")
    assert ask(other, "lazy hound") == []
    assert keys(ask(api, "lazy hound"))[0] == "pets/rex"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"mode": "semantic"}, "query"),
        ({"mode": "semantic", "query": "   "}, "query"),
        ({"mode": "semantic", "query": "x" * 1001}, "query"),
        ({"mode": "semantic", "query": "a\x00b"}, "query"),
        ({"mode": "telepathy", "query": "x"}, "mode"),
    ],
)
def test_what_cannot_be_asked_is_400(api, query, name):
    answer = api.get("/api/memory", query)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [name]


def test_a_prefix_is_what_query_means_unless_said(api, remember):
    remember(api, PETS)
    prefix = api.get("/api/memory", {"query": "pets/"}).json()
    assert prefix == api.get("/api/memory", {"query": "pets/", "mode": "prefix"}).json()
    assert keys(prefix["data"]) == ["pets/rex"]
    assert "why" not in prefix["data"][0]
