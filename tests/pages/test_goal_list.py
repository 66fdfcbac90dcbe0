"""The list of goals: filters in the address, what it says when empty, what it costs, who may see what."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from executor_one.kit.tenancy import account_scope
from goals.models import Goal
from tests.pages.visitors import HTMX, MOST_QUERIES, queries, visitor

HOME = "/dashboard/goals"


@pytest.fixture
def browser(member):
    """Somebody signed in, as a browser is."""
    return visitor(member)


def state(api, **more):
    body = {"description": "list the files", "semanticPath": ["ls"], **more}
    answer = api.post("/api/goals", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def text(answer):
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_filters_of_the_address_choose_the_rows_without_javascript(api, browser, work):
    done = state(api, description="build the shop", priority="high")
    work()
    waits = state(api, description="test the shop")
    both = text(browser.get(f"{HOME}?search=SHOP"))
    assert f'id="goal-{done}"' in both
    assert f'id="goal-{waits}"' in both
    for query in ("state=completed", "priority=high", "search=build", "state=completed&priority=high&sort=createdAt"):
        page = text(browser.get(f"{HOME}?{query}"))
        assert f'id="goal-{done}"' in page, query
        assert f'id="goal-{waits}"' not in page, query


def test_time_and_who_stated_them_choose_the_rows(api, member, browser, client_of):
    old, new = state(api), state(api)
    with account_scope(member.account):
        Goal.objects.filter(pk=old).update(created_at=timezone.now() - timedelta(days=3))
        key = Goal.objects.get(pk=new).created_by
    made = browser.post(f"{HOME}/new", {"description": "by hand", "steps": "ls", "priority": "normal"})
    mine = made["Location"].rpartition("/")[2]
    page = text(browser.get(HOME))
    person = re.search(r'<option value="(user:[^"]+)">', page)[1]
    assert f'<option value="{key}">' in page
    for query, rows in {
        "time=24h": {new, mine}, "time=7d": {old, new, mine}, f"by={key}": {old, new}, f"by={person}": {mine},
        f"time=24h&by={key}": {new}, "by=key:nobody": set(), "time=century&by=x": {old, new, mine},
    }.items():  # fmt: skip
        assert {*re.findall(r'id="goal-([\w-]{36})"', text(browser.get(f"{HOME}?{query}")))} == rows, query


def test_who_may_not_see_keys_cannot_choose_among_them(api, member, browser):
    state(api)
    assert 'value="key:' in text(browser.get(HOME))
    page = text(visitor(member, "viewer").get(HOME))
    assert 'value="user:' in page
    assert 'value="key:' not in page


def test_another_filter_is_a_step_back_and_a_letter_of_a_search_is_none(api, browser):
    state(api)

    def asked(query, shown=""):
        answer = browser.get(f"{HOME}?{query}", headers={**HTMX, "HX-Current-URL": f"http://x{HOME}?{shown}"})
        return {name: answer[name] for name in ("HX-Push-Url", "HX-Replace-Url") if name in answer}

    assert asked("state=failed&search=") == {"HX-Push-Url": f"{HOME}?state=failed"}
    assert asked("time=7d", "state=failed") == {"HX-Push-Url": f"{HOME}?time=7d"}
    assert asked("state=failed", "state=failed") == {"HX-Replace-Url": f"{HOME}?state=failed"}, "an update"
    assert asked("search=sho", "search=sh") == {"HX-Replace-Url": f"{HOME}?search=sho"}


def test_a_filter_that_is_not_known_does_not_apply(api, browser):
    goal = state(api)
    assert f'id="goal-{goal}"' in text(browser.get(f"{HOME}?state=nonsense&sort=x&page=-4"))


def test_pages_go_on_behind_fifty_rows_and_keep_the_filters(api, member, browser):
    with account_scope(member.account):
        Goal.objects.bulk_create(
            Goal(account_id=member.id, description=f"row {at}", wake_at="2100-01-01T00:00Z") for at in range(60)
        )
    first = text(browser.get(f"{HOME}?search=row"))
    assert first.count('class="row-link"') == 50
    assert f'href="{HOME}?search=row&amp;page=2"' in first
    second = text(browser.get(f"{HOME}?search=row&page=2"))
    assert second.count('class="row-link"') == 10
    assert f'rel="prev" href="{HOME}?search=row"' in second


def test_an_empty_list_teaches_and_one_that_filters_empty_says_so(browser, api):
    assert "State your first goal" in text(browser.get(HOME))
    state(api)
    filtered = text(browser.get(f"{HOME}?state=failed"))
    assert "No goal matches" in filtered
    assert "State your first goal" not in filtered


def test_htmx_gets_the_rows_alone_and_a_clean_address(api, browser):
    state(api)
    answer = browser.get(f"{HOME}?search=&state=&priority=&sort=", headers=HTMX)
    assert text(answer).lstrip().startswith('<section id="goals"')
    assert answer["HX-Replace-Url"] == HOME


def test_a_row_that_has_just_appeared_is_marked_only_in_an_update(api, browser):
    state(api)
    assert 'class="fresh"' not in text(browser.get(HOME))
    assert 'class="fresh"' in text(browser.get(HOME, headers=HTMX))


def test_what_people_write_is_text_in_the_page(api, browser):
    state(api, description='<script>alert(1)</script>" onmouseover="x')
    page = text(browser.get(HOME))
    assert "<script>alert" not in page
    assert 'onmouseover="x' not in page


def test_a_viewer_sees_goals_and_no_button_that_makes_one(api, member, browser):
    state(api)
    assert f'href="{HOME}/new"' in text(browser.get(HOME))
    viewer = visitor(member, "viewer")
    assert f'href="{HOME}/new"' not in text(viewer.get(HOME))
    assert viewer.get(f"{HOME}/new").status_code == 403
    assert viewer.post(f"{HOME}/new", {"description": "x"}).status_code == 403


def test_nobody_sees_another_accounts_goals(account_a, browser):
    assert "theirs" not in text(browser.get(HOME))


def test_who_is_not_signed_in_is_sent_to_sign_in(anonymous, db):
    for address in (HOME, f"{HOME}/new"):
        assert anonymous.get(address).status_code == 302


def test_the_list_costs_the_same_however_many_rows(api, browser):
    state(api)
    few = queries(browser, HOME)
    for _ in range(5):
        state(api)
    assert few == queries(browser, HOME) <= MOST_QUERIES
    assert queries(browser, f"{HOME}?search=o&state=pending&time=7d") <= MOST_QUERIES
