"""Every example of the documents is run as printed: only host, address, key, ids and passwords are put in.

Those of docs/dev are run by test_dev_examples.py. The README's `make run` and `make test` are the exception, read with
`make -n`: one started the installation that these tests talk to (and is run as printed with a Postgres of one's own),
the other is this suite.
"""

import json
import re
import stat
import subprocess
import sys
from collections import Counter
from math import log
from secrets import token_hex
from uuid import uuid4

import pytest

from goals import formulas
from goals.models import Goal, Task
from goals.planning import plan
from goals.scoring import deadline_rank, rank, score
from memory.meaning import encoder
from memory.ranking import rank as rank_of_memory
from tests.live.elsewhere import NOT_RUN_HERE
from tests.live.own_postgres import Run, empty_server, machine_s_own
from tests.live.pages import ROOT, Page, Terminal, blocks, checkout, like, pages, printed_json, wait

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

# Run by test_dev_examples.py, test_containers_run.py (where it has an engine), tests/webhooks/test_*_howto.py,
# test_skill.py, and the READMEs by test_python_client.py, test_exo_install.py and test_typescript_client.py.
ELSEWHERE = (
    "docs/dev/", "docs/howto/watch-goals.md", "docs/howto/run-containers.md", "docs/howto/receive-webhooks.md",
    "docs/howto/stream-audit-events.md", "docs/howto/connect-an-agent.md", "clients/",
)  # fmt: skip
PAGES: set[str] = set()  # what the tests below run


def runs(*names):
    """The test takes every block of these pages that is not listed; the fixture `page` sees to it."""
    PAGES.update(names)
    return pytest.mark.parametrize("page", names, indirect=True)


@pytest.fixture
def page(request):
    opened, failures = Page(request.param, NOT_RUN_HERE), request.session.testsfailed
    yield opened
    if request.session.testsfailed == failures:  # a test that failed has not come to the end of its page
        assert not opened.left, f"not run, and not listed: {', '.join(map(str, opened.left))}"


@pytest.fixture(scope="module")
def home(stack, tmp_path_factory):
    """The checkout that the running installation seems to be started from."""
    folder = checkout(tmp_path_factory.mktemp("docs") / "home")
    (folder / ".data").symlink_to(stack.base / "data")
    return folder


@pytest.fixture(scope="module")
def environment(stack):
    """That of the installation; `make` finds the packages installed, and no outer make."""
    kept = {name: value for name, value in stack.environment.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return kept | {"PYTHON": "true"}


@pytest.fixture
def address():
    return f"{token_hex(4)}@example.com"


@pytest.fixture
def terminal(stack, home, environment, address):
    opened = Terminal(home, environment, {"http://127.0.0.1:8000": stack.url, "you@example.com": address})
    yield opened
    opened.close()


def printed_by(tasks):
    """What each task of an answer of /tasks printed, by its last try."""
    return [task["attempts"][-1]["output"]["stdout"] for task in json.loads(tasks)["data"] if task["attempts"]]


# --- the rule itself -------------------------------------------------------------------------------


def test_every_example_is_run_or_listed():
    assert not [
        str(block)
        for name in pages()
        for block in blocks(name)
        if name not in PAGES and (name, block.first) not in NOT_RUN_HERE and not name.startswith(ELSEWHERE)
    ]


def test_what_is_listed_is_there_once_and_so_is_who_runs_it():
    found = Counter((block.page, block.first) for name in pages() for block in blocks(name))
    assert {entry: found[entry] for entry in NOT_RUN_HERE} == dict.fromkeys(NOT_RUN_HERE, 1)
    named = [file for reason in NOT_RUN_HERE.values() for file in re.findall(r"\S+\.py", reason)]
    assert not [file for file in named if not (ROOT / file).exists()]


# --- the pages -------------------------------------------------------------------------------------


@runs("README.md")
def test_the_readme(page, terminal, stack):
    makes = page.take("make run").text.splitlines()
    run, test = [terminal.type(line.replace("make", "make -n", 1)).splitlines() for line in makes]
    assert run[-1] == ".venv/bin/python -m executor_one.serve"
    assert stack.process.args[1:] == run[-1].split()[1:]
    starts = [line.split("slow")[1].split()[1] for line in test if line.startswith(".venv/bin/pytest")]
    assert starts == ["-n", "tests/actuators", "tests/live"], "all but these, these alone, and the examples"
    ready = page.take("executor.one is ready").text.replace("http://127.0.0.1:8000", stack.url)
    wait(ready, lambda: ready in stack.output().splitlines())
    made = json.loads(terminal.play(page.take("curl -X POST http://127.0.0.1:8000/api/auth/register"))[0])
    stack.set_plan(made["account"]["id"], "pro")  # no pause of a minute between goals
    terminal.play(page.take("KEY=exo_..."))
    goal, tasks = terminal.play(page.take('curl -H "Authorization: Bearer $KEY"'))
    assert (json.loads(goal)["state"], printed_by(tasks)) == ("completed", ["", "hello\n"])
    assert "completed" in terminal.play(page.take("python3 -m venv"))[-1]
    assert plan(page.said(r'intent that it knows \("(.+?)"\)'), []).source == "keyword"
    terminal.type(f"curl -o docs.html {stack.url}{page.said('the API is at `(.+?)`')}")


@runs("docs/tutorial/first-goal.md")
def test_the_tutorial(page, terminal, home):
    terminal.play(page.take("URL="))
    terminal.play(page.take("KEY=exo_..."))
    steps = page.take("curl -s -X POST $URL/goals")
    goal = json.loads(terminal.play(steps)[-1])
    assert goal["state"] == page.said("`state` is `(.+?)`")
    assert goal["progress"] == int(page.said("`progress` (.+?)\\."))
    assert printed_by(terminal.play(page.take("curl -s $URL/goals/$GOAL/tasks"))[-1]) == ["", "hello\n"]
    look = steps.text.splitlines()[-2:]
    goal_in_words(page, terminal, home, look)
    failure_and_retry(page, terminal, look)


def goal_in_words(page, terminal, home, look):
    words = page.take("curl -s -X POST $URL/goals")
    refused = json.loads(terminal.type(words.text, status=22))
    assert (refused["status"], str(refused["limit"])) == (429, "goal_cooldown_seconds")
    pause = int(page.said(r"The free plan pauses (\d+) s between goals: a 429"))
    assert 0 < int(re.search(r"Retry-After: (\d+)", (home / "headers").read_text(), re.IGNORECASE)[1]) <= pause
    assert "is on pro" in terminal.type(f".venv/bin/python {page.said('`(manage.py set_plan [^`]+)`')}")
    terminal.play(words)
    planned = json.loads([terminal.type(line) for line in look][-1])
    assert planned["planner"] == "keyword"
    assert planned["tasksTotal"] > 0
    terminal.type(words.text.replace(printed_description(words), "xyzzy plugh"))
    unknown = json.loads([terminal.type(line) for line in look][-1])
    assert unknown["state"] == "failed"
    assert "shell commands to run as steps" in unknown["error"]["message"]


def printed_description(block):
    return re.search(r'"description": "(.+?)"', block.text)[1]


def failure_and_retry(page, terminal, look):
    terminal.play(page.take("curl -s -X POST $URL/goals"))
    failed = json.loads([terminal.type(line) for line in look][-1])
    tasks = json.loads(terminal.type('curl -s $URL/goals/$GOAL/tasks -H "$auth"'))["data"]
    assert failed["state"] == "failed"
    assert [task["attempts"][0]["exitCode"] for task in tasks] == [0, 1]
    repaired, _ = terminal.play(page.take("curl -s -X POST $URL/execute"))
    assert json.loads(repaired)["success"]
    again = json.loads([terminal.type(line) for line in look][-1])
    assert (again["state"], again["tasksCompleted"], again["retryOf"]) == ("completed", 2, failed["id"])
    tasks = json.loads(terminal.type('curl -s $URL/goals/$GOAL/tasks -H "$auth"'))["data"]
    assert [len(task["attempts"]) for task in tasks] == [0, 1]


@runs("docs/howto/recall-by-meaning.md")
def test_recall_by_meaning(page, terminal, stack, address):
    assert encoder.installed(), "the tools for tests come with every extra"
    terminal.replaced["exo_..."] = stack.member(address, plan="free").headers["X-Key"]
    terminal.play(page.take("KEY=exo_..."))
    terminal.play(page.take("curl -s -X POST"))
    ask = page.take("curl -sG")
    ways = dict(re.findall(r"^\| `(\w+)` \| .+ \| (?:`(\w+)`.*)?\|$", page.text, re.MULTILINE))
    assert set(ways) == {"meaning", "words", "prefix", "tags"}

    def by_meaning():
        found = json.loads(terminal.play(ask)[-1])["data"]  # nothing, before its vector is made
        assert {one["key"] for one in found} <= {"runbooks/restore"}
        reasons = [why for one in found for why in one["why"]]
        assert all(not ways[why["by"]] or ways[why["by"]] in why for why in reasons)
        return "meaning" in [why["by"] for why in reasons]

    wait("what its vector finds", by_meaning)


@runs(
    "docs/howto/remember-and-recall.md", "docs/howto/let-commands-reach-the-network.md",
    "docs/howto/structure-a-goal.md",
)  # fmt: skip
def test_remembering(page, terminal):
    terminal.play(page.take("URL="))
    terminal.play_rest(page)


@runs("docs/howto/use-credentials.md")
def test_credentials(page, terminal):
    test_remembering(page, terminal)
    refused = terminal.type('curl $URL/credentials/shop/stripe -H "$auth"', status=22)
    assert page.said("so the key of this page gets (.+?)\\.") == str(json.loads(refused)["code"])


@runs("docs/howto/verify-the-audit-log.md")
def test_verifying_the_log(page, terminal):
    """A command that ends with anything but 0 fails here, and so does a program that has found something."""
    terminal.play(page.take("URL="))
    terminal.play(page.take('curl -s "$URL/api/v1/audit/events'))
    receipt = json.loads(terminal.play(page.take("curl -s -D headers"))[-1])
    assert [event["type"] for event in receipt["events"]][:1] == ["goal.created"]
    assert "Nothing was changed" in terminal.play(page.take("curl -s -O"))[-1]
    assert "Nothing was changed" in terminal.play(page.take('curl -s "$URL/api/v1/audit/events'))[-1]
    assert "Every event is as it was told." in terminal.type(page.take(".venv/bin/python manage.py verify_audit").text)


@runs("docs/howto/call-the-api-reliably.md")
def test_calling_reliably(page, terminal):
    terminal.play(page.take("URL="))
    first, again = (answer for answer in terminal.play(page.take("once=")) if answer.strip())
    assert first == again
    assert "idempotency-replayed: true" in terminal.type("cat headers").lower()
    asked, answered = page.take("curl").text.split("\n\n")
    assert like(printed_json(answered), json.loads(terminal.type(asked, status=22)))
    terminal.play_rest(page)


@runs("docs/howto/teach-a-correction.md")
def test_teaching(page, terminal, stack, address):
    terminal.replaced["exo_..."] = stack.member(address).headers["X-Key"]
    test_remembering(page, terminal)


@runs("docs/explanation/memory.md")
def test_the_formula_of_the_rank(page):
    printed = page.take("rank =").text.partition("=")[2]
    for words, name in {"7 days": "(7 * 86400)", "time of the last write or access": "touched", " x ": "*"}.items():
        printed = printed.replace(words, name)
    for importance, touched in ((1, 0), (0.3, 1_800_000_000)):
        known = {"ln": log, "importance": importance, "touched": touched}
        assert eval(printed, known) == pytest.approx(rank_of_memory(importance, touched))


@runs("docs/howto/operate.md")
def test_operating(page, terminal, stack, home, environment, address):
    stack.member(address, plan="free").close()
    for line in page.take("postgres/").text.splitlines():
        *names, what = re.split(r"\s{2,}", line)
        for name in names:
            wait(name, (home / ".data" / name).exists)
            assert (home / ".data" / name).is_dir() == name.endswith("/")
            assert "0600" not in what or stat.S_IMODE((home / ".data" / name).stat().st_mode) == 0o600
    export, set_plan, make_staff, check = page.take("export DATABASE_URL").text.splitlines()
    terminal.type(export)
    assert "is on pro" in terminal.type(set_plan)
    assert "is owner of the staff" in terminal.type(make_staff)
    assert "System check identified" in terminal.type(check)
    assert "0 sealed anew." in terminal.type(page.take(".venv/bin/python manage.py rotate_memory_keys").text)
    assert "0 wrapped anew." in terminal.type(page.take(".venv/bin/python manage.py rotate_credential_keys").text)
    assert "0 sealed anew." in terminal.type(page.take(".venv/bin/python manage.py rotate_webhook_keys").text)
    assert "Every event is as it was told." in terminal.type(page.take(".venv/bin/python manage.py verify_audit").text)
    with stack.database() as database:
        staff = database.execute("SELECT is_staff, staff_role FROM accounts_user WHERE email = %s", [address])
        assert staff.fetchone() == (True, "owner")


@runs("docs/explanation/the-loop.md")
def test_the_loop_s_states_and_formulas(page):
    goal, task = (line.partition(":")[2] for line in page.take("goal:").text.splitlines())
    *chain, last = (set(re.findall("[a-z]+", states)) for states in goal.split("->"))
    for (state,), following in zip(chain, [*chain[1:], last], strict=True):
        assert following <= Goal.TRANSITIONS[state]
    assert set.union(*chain, last) == set(Goal.State.values)
    assert set(re.findall("[a-z]+", task)) - {"or"} == set(Task.State.values)
    scores(page.take("score =").text.partition("=")[2], page.said("Priority weight: (.+?). Nearness"))
    rows = dict(re.findall(r"^\| (\w+) \| (\(.+?\) / \(.+?\))", page.text, re.MULTILINE))
    assert eval(rows["confidence"], {"succeeded": 3, "failed": 2}) == formulas.confidence(3, 2)
    assert eval(rows["curiosity"], {"novel": 3, "n": 7}) == formulas.curiosity(3, 7)


def scores(printed, weights):
    """Compute the printed formula and compare it with ours."""
    for words, name in {"priority weight": "weight", "age in minutes": "age", " x ": "*", "\n": ""}.items():
        printed = printed.replace(words, name)
    weights = dict(re.findall(r"(\w+) ([\d.]*\d)", weights))
    assert set(weights) == set(formulas.WEIGHTS)
    for name, weight in weights.items():
        for left, age, dependents in ((None, 0, 0), (0, 30, 3), (3600, 500, 99), (10**6, 60, 10)):
            known = {"weight": float(weight), "nearness": formulas.nearness(left), "age": age, "dependents": dependents}
            now = 1_800_000_000
            calm = rank(priority=name, created=now - 60 * age, dependents=dependents)
            pressed = None if left is None else deadline_rank(calm, now + left)
            assert eval(printed, known) == pytest.approx(score(calm, pressed, now))


@runs("docs/howto/add-an-endpoint.md")
def test_the_endpoint_of_the_howto_answers(page, stack, address, environment, tmp_path):
    view, route = page.take("class ").text, page.said(r"Example: `POST (/api/\S+)`")
    tree = checkout(tmp_path / "tree")
    add_endpoint(tree, view, route)
    client = stack.member(address, plan="free")
    ended = client.post("/api/execute", json={"type": "shell", "params": {"command": "true"}}).json()["goalId"]
    goal = client.post("/api/goals", json={"description": "x", "semanticPath": ["sleep 30"]}).json()["id"]
    asked = [(client.headers["X-Key"], one) for one in (goal, ended, str(uuid4()))] + [("exo_wrong", goal)]
    answers = ask(tree, environment, [(key, route.replace("{goal_id}", one)) for key, one in asked])
    client.delete(f"/api/goals/{goal}")
    assert [status for status, _ in answers] == [200, 409, 404, 401]
    assert answers[0][1]["id"] == goal
    summary = re.search(r'def post.+?"""(.+?)"""', view, re.DOTALL)[1]
    permission = re.search(r'"POST": "(.+?)"', view)[1]
    line = f"| POST | `{route}` | {permission} | {summary} |"
    assert line in (tree / "docs/reference/endpoints.md").read_text()


def ask(tree, environment, asked):
    """(status, body) that the changed tree answers to each (key, path)."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(asked)], cwd=tree, capture_output=True, text=True, check=False,
        env=environment | {"DJANGO_SETTINGS_MODULE": "executor_one.settings"},
    )  # fmt: skip
    print(done.stderr)
    assert done.returncode == 0
    return json.loads(done.stdout.splitlines()[-1])


def add_endpoint(tree, view, route):
    """Do what the page says: its view as printed, the rule and the route that it describes."""
    name = re.match(r"class (\w+)", view)[1]
    for file, text in {"actions.py": PAUSE_GOAL, "api/views.py": view}.items():
        with (tree / "goals" / file).open("a") as source:
            source.write(f"\n\n{text}\n")
    path = route.removeprefix("/api/").replace("{goal_id}", "<uuid:goal_id>")
    urls = tree / "goals/api/urls.py"
    begin = "urlpatterns = ["
    urls.write_text(urls.read_text().replace(begin, f'{begin}\n    path("{path}", views.{name}.as_view()),'))


# The rule of step 1, as little as its sentence asks: it locks, refuses by a DomainError, publishes.
PAUSE_GOAL = """
from events.actions import event, publish
from executor_one.kit.errors import Conflict


def pause_goal(goal_id: Any, *, actor: str) -> Goal:
    goal = Goal.objects.select_for_update().get(pk=goal_id)
    if goal.is_finished:
        raise Conflict(f"This goal is {goal.state} already.")
    publish(event("goal.paused", {"goal": str(goal.pk)}, actor=actor))
    return goal
"""
# What `make schema` runs, and then requests, in one process: loading Django is most of what this costs.
ASK = """
import json, sys
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("spectacular", "--validate", "--fail-on-warn", "--file", "docs/reference/openapi.yaml")
call_command("routes")
answers = []
for key, path in json.loads(sys.argv[1]):
    answer = Client(headers={"Authorization": f"Bearer {key}", "Host": "127.0.0.1"}).post(path)
    answers.append((answer.status_code, answer.json()))
print(json.dumps(answers))
"""


@runs("docs/howto/use-your-own-postgres.md")
def test_a_postgres_of_one_s_own(page, terminal, home, environment, tmp_path):
    make_run, sql = page.take("DATABASE_URL=postgres://admin:password@").text, page.take("CREATE ROLE").text
    settings = page.take("DATABASE_URL=postgres://executor_app:").text.replace("\n", " ")
    with empty_server() as empty:
        server, suffix = machine_s_own() or empty, f"_{token_hex(4)}"
        try:
            empty.run("CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'password'")
            server.run(server.put_in(sql, suffix, "secret"))
            settings = f"{server.put_in(settings, suffix, 'secret')} make run"
            with (
                Run(empty.put_in(make_run), home, environment, tmp_path / "makes_roles") as makes_roles,
                Run(settings, home, environment, tmp_path / "finds_roles") as finds_roles,
            ):
                assert makes_roles.connects_as() == "executor_app"
                assert finds_roles.connects_as() == f"executor_app{suffix}"
            assert empty.owner_of_the_tables("executor") == "executor_owner"
            assert server.owner_of_the_tables(f"executor{suffix}") == f"executor_owner{suffix}"
        finally:
            server.drop(suffix)
    _, check, health = terminal.play(page.take("export DATABASE_URL"))
    assert "executor_app" in terminal.type("echo $DATABASE_URL")
    assert "no issues" in check
    assert json.loads(health)["status"] == "healthy"
