"""/dev and /docs in a browser: languages, the reader's key, the console (E1)."""

import json
import re
import shlex
import subprocess
from secrets import token_hex

import pytest

from tests.browser.looks import look_at, violations
from tests.browser.people import PASSWORD

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

KEY = "exo_" + "a1" * 19
PAGES = ("/dev", "/dev/console", "/docs", "/docs/errors", "/docs/howto/operate", "/docs/search?q=goal")


def samples(page, holding):
    return page.locator(".samples code", has_text=holding).count()


@pytest.fixture
def reader(installation, new_context):
    """(page, client) of somebody who is signed in; the cookie is that of POST /api/auth/login."""
    email = f"{token_hex(4)}@example.com"
    client = installation.member(email)
    page = new_context().new_page()
    answer = page.request.post("/api/auth/login", data={"email": email, "password": PASSWORD})
    assert answer.ok, answer.text()
    return page, client


def test_a_language_is_chosen_once_for_all_samples_and_for_the_next_visit(page):
    page.goto("/dev")
    shown = page.locator("[role=tabpanel]:visible")
    assert set(shown.evaluate_all("all => all.map((one) => one.dataset.language)")) == {"bash"}
    page.get_by_role("tab", name="curl").first.focus()
    page.keyboard.press("ArrowRight")
    assert set(shown.evaluate_all("all => all.map((one) => one.dataset.language)")) == {"python"}
    page.reload()
    assert set(shown.evaluate_all("all => all.map((one) => one.dataset.language)")) == {"python"}


def test_E1_a_key_of_one_s_own_stands_in_every_sample_and_goes_nowhere(page):
    sent = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data} {request.headers}"))
    page.goto("/dev")
    places = samples(page, "exo_YOUR_KEY")
    assert places > 50
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Use this key").click()
    assert samples(page, KEY) == places
    page.reload()
    assert samples(page, KEY) == places
    page.get_by_role("button", name="Take it out").click()
    assert (samples(page, "exo_YOUR_KEY"), samples(page, KEY)) == (places, 0)
    page.reload()
    assert samples(page, KEY) == 0
    assert not [one for one in sent if KEY in one]
    assert KEY not in json.dumps(page.evaluate("({...localStorage, ...sessionStorage})"))


def test_a_pasted_key_is_not_there_for_who_uses_the_tab_next(reader):
    page, _ = reader
    page.goto("/dev")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Use this key").click()
    page.goto("/dashboard")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_load_state()
    page.goto("/dev")
    assert KEY not in page.content()


def test_E1_E8_a_key_is_made_for_the_samples_of_this_visit(reader):
    page, client = reader
    page.goto("/dev")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("The samples hold exo_").wait_for()
    keys = {key["name"]: key for key in client.get("/api/auth/keys").json()["data"]}
    made = page.locator(".samples code", has_text=keys["Samples"]["prefix"])
    assert made.count() > 50
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    assert made.count() == 0


def test_E1_E_R7_a_plan_without_another_key_says_so(installation, new_context):
    email = f"{token_hex(4)}@example.com"
    installation.member(email, plan="free")
    context = new_context()
    context.forgive("402")
    page = context.new_page()
    page.request.post("/api/auth/login", data={"email": email, "password": PASSWORD})
    page.goto("/dev")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("Free allows 1 API key, and it is used up. Pro lifts it. See the plans").wait_for()
    assert page.get_by_role("link", name="See the plans").get_attribute("href") == "/dashboard/usage"
    assert samples(page, "exo_YOUR_KEY") > 50


def test_the_first_key_stands_in_the_samples_of_its_tab_until_one_signs_out(page):
    page.goto("/signup")
    page.get_by_label("E-mail").fill(f"{token_hex(4)}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/welcome")
    key = page.locator("[data-new-key] [data-code]").inner_text().strip()
    page.goto("/dev")
    page.get_by_text("The samples hold exo_").wait_for()
    assert samples(page, key) > 50
    page.goto("/dashboard")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_load_state()
    page.goto("/dev")
    assert samples(page, "exo_YOUR_KEY") > 50
    assert key not in page.content()


def choose(page, operation):
    page.goto(f"/dev/console#{operation}")
    page.locator(".console-form:visible").wait_for()
    page.locator("#console-operation").select_option(operation)


def send(page, status):
    page.get_by_role("button", name="Send").click()
    page.locator(".console-status", has_text=f": {status} ").wait_for()
    return json.loads(page.locator(".console-body").inner_text())


def test_words_of_the_console_hold_code_and_no_backticks(page):
    choose(page, "goals_list")
    assert page.locator("#parameter-createdBy-note code").all_inner_texts() == ["key:", "user:"]
    choose(page, "goals_create")
    assert "`" not in page.locator(".console-form").inner_text()


def test_E1_the_console_acts_as_the_reader(reader):
    page, client = reader
    choose(page, "goals_create")
    made = send(page, 201)
    assert client.get(f"/api/goals/{made['id']}").json()["description"] == "My first goal"
    assert "rcp_" in page.locator(".console-status").inner_text()
    assert "x-receipt" in page.locator(".console-headers").inner_html()
    choose(page, "goals_retrieve")
    page.get_by_label("goal_id").fill(made["id"])
    page.get_by_label("wait").fill("30")
    assert send(page, 200)["id"] == made["id"]
    choose(page, "memory_store")
    page.locator("#console-body").fill('{"key": "big", "value": {"n": 123456789012345678901234567890, "e": {}}}')
    assert send(page, 201)["key"] == "big"
    assert "123456789012345678901234567890" in page.locator(".console-body").inner_text()
    assert client.get("/api/memory/big").json()["value"]["n"] == 123456789012345678901234567890


def test_E1_the_console_acts_with_a_key_and_as_nobody(page, installation):
    client = installation.member(f"{token_hex(4)}@example.com")
    choose(page, "auth_me")
    page.get_by_label("API key").fill(client.headers["X-Key"])
    assert send(page, 200)["user"] is None
    page.context.forgive("401")
    page.get_by_label("Nobody").check()
    assert send(page, 401)["name"] == "unauthorized"


def test_every_operation_has_a_form(page):
    choose(page, "health")
    operations = page.locator("#console-operation option").evaluate_all("all => all.map((one) => one.value)")
    for operation in operations:
        page.locator("#console-operation").select_option(operation)
        body = page.locator("#console-body")
        if body.count():
            json.loads(body.input_value())


# What a stream or a file answers instead of JSON is not looked into; what ends the caller's own key is left for last.
LAST = ("auth_logout", "auth_keys_revoke", "auth_keys_rotate")


def replayed(command):
    """Run a curl of the console as a shell would: its status, and what it answered."""
    timed = f"{command} -s -m 5 -o - -w '\\n%{{http_code}}'"
    ran = subprocess.run(["/bin/sh", "-c", timed], capture_output=True, text=True, timeout=30, check=False)
    body, _, status = ran.stdout.rpartition("\n")
    return int(status), body


def test_every_operation_shows_a_curl_that_runs_and_can_be_copied(page, installation):
    client = installation.member(f"{token_hex(4)}@example.com")
    known = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in client.get("/dev/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        if "operationId" in operation
    }
    choose(page, "health")
    page.get_by_label("API key").fill(client.headers["X-Key"])
    assert page.locator(".code", has=page.locator(".console-curl")).get_by_label("Copy this code").is_visible()
    for operation, (method, path) in sorted(known.items(), key=lambda one: one[0] in LAST):
        page.locator("#console-operation").select_option(operation)
        for field in page.locator("[data-in=path]").all():
            field.fill("01900000-0000-7000-8000-000000000000")
        command = page.locator(".console-curl").inner_text()
        words = shlex.split(command.replace("\\\n", ""))
        assert words[0] == "curl"
        assert (words[words.index("-X") + 1] if "-X" in words else "GET") == method
        assert re.search(re.sub(r"{\w+}", "[^/]+", path) + "$", next(one for one in words if "://" in one))
        assert f"Authorization: Bearer {client.headers['X-Key']}" in words
        body = page.locator("#console-body")
        assert ("-d" in words) == bool(body.count())
        status, answer = replayed(command)
        assert status not in (401, 405, 415) or operation in (*LAST, "auth_login"), (operation, status, answer)
        assert status < 500 or status == 501, (operation, status, answer)
        if status == 400 and operation != "billing_webhook":  # whose body is Stripe's, not the reader's
            assert "errors" in json.loads(answer), (operation, answer)


def test_a_curl_survives_what_a_shell_reads_otherwise(page, installation):
    client = installation.member(f"{token_hex(4)}@example.com")
    choose(page, "memory_store")
    page.get_by_label("API key").fill(client.headers["X-Key"])
    page.locator("#console-body").fill(json.dumps({"key": "it's", "value": '$(id) `id` \\ "two"\n\''}))
    assert replayed(page.locator(".console-curl").inner_text())[0] == 201
    assert client.get("/api/memory/it's").json()["value"] == '$(id) `id` \\ "two"\n\''


@pytest.mark.parametrize("address", ["/dev/console", "/docs/errors", "/docs/howto/operate"])
def test_a_page_can_be_used_by_everybody(address, new_context):
    """What test_every_page does not see: the console once it has its form, and other kinds of documents."""
    page = new_context(bypass_csp=True).new_page()
    page.goto(address)
    if address == "/dev/console":
        page.locator(".console-form:visible").wait_for()
    for look in ("light", "dark"):
        look_at(page, look)
        assert not violations(page), look


@pytest.mark.parametrize("address", PAGES)
def test_a_page_fits_a_phone(address, new_context):
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_api_browser_runs_under_its_policy(page):
    """Opened, tried out, authorized, a dozen operations and shapes unfolded: its styles need no exception."""
    answer = page.goto("/api/docs")
    assert "unsafe" not in answer.headers["content-security-policy"]
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").fill(KEY)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.locator(".close-modal").click()
    for kind in (".opblock-summary-control[aria-expanded=false]", ".models .json-schema-2020-12-accordion"):
        for folded in page.locator(kind).element_handles()[:12]:  # each draws all others anew
            folded.evaluate("one => one.click()")
    health = page.locator("#operations-health-health")
    if not health.get_by_role("button", name="Try it out").count():
        health.locator(".opblock-summary-control").click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()
    health.locator(".live-responses-table").get_by_text('"healthy"').wait_for()


def test_a_document_is_complete_without_javascript(new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/dev")
    assert page.locator(".samples .code:visible").count() == page.locator(".samples .code").count()
    assert page.get_by_text("Python").first.is_visible()
