"""The house rules that a machine can read. A list here is a decision: change it in the same commit, on purpose."""

import ast
import pydoc
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from executor_one.kit.api import METHODS, ApiView
from executor_one.kit.routes import api_routes

ROOT = Path(__file__).parent.parent
FUNCTION_LINES, FILE_LINES, TEST_FILE_LINES = 50, 600, 400
NAMED_BY_DJANGO = {"executor_one/kit/postgres/base.py"}  # where it looks for a database backend
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base", "services"}

# Where all tenants' rows are in reach, and how often. Each use says its reason in the code.
ALL_ACCOUNTS = {
    "accounts/key_use.py": 1,  # a web process counts requests of every account's keys
    "accounts/request_log.py": 2,  # requests of every account are gathered, and forgotten, at once
    "accounts/vault.py": 1,  # manage.py rotate_credential_keys
    "billing/webhook.py": 1,  # whose customer an event is of
    "events/heads.py": 1,  # the clock signs the log of every account
    "events/verifying.py": 2,  # manage.py verify_audit
    "executor_one/console/money.py": 1,  # the installation's income
    "executor_one/console/site.py": 1,  # staff see every account
    "goals/claims.py": 2,  # a runner serves every account
    "goals/tasks.py": 1,  # the clock looks for what is due
    "memory/actions.py": 1,  # manage.py rotate_memory_keys
    "runners/actions.py": 2,  # a runner comes and goes: each account is told
    "webhooks/actions.py": 1,  # manage.py rotate_webhook_keys
    "webhooks/chores.py": 3,  # what is old, deleted or too late of every account
    "webhooks/streams/queries.py": 1,  # which of the accounts that it heard of have audit streams
}
# The same as a statement of a Batch: `tenancy.ALL`.
ALL_IN_BATCHES = {
    "goals/claims.py": 2,  # claim, alone and in the commit of a result
    "webhooks/claims.py": 2,  # a courier serves every account: whose lanes are due, and claim
    "webhooks/spreading.py": 1,  # which of the accounts that it heard of have webhooks
    "webhooks/streams/claims.py": 2,  # as those of lanes
}
# SQL by hand outside the kit (whose job it is), executor_one/serve (which works without Django), and actuators/
# (which import nothing of ours: no way to our database).
RAW_SQL = {
    "accounts/actions.py": 1,  # nextval: the number behind an account's sandbox uid
    "accounts/checks.py": 1,  # reads pg_roles
    "accounts/request_log.py": 1,  # what of each account is beyond its newest rows: a window of its own
    "goals/claims.py": 3,  # FOR UPDATE SKIP LOCKED ... RETURNING
    "realtime/database.py": 2,  # the questions of followers: each account's behind its own wall (TELL first)
    "realtime/hub.py": 1,  # LISTEN
}
# Statements by hand in a Batch: the hot paths. Each names the account itself, and row-level security stands behind it.
BATCHED_SQL = {
    "accounts/api/authentication.py": 4,  # prove the key, enter its account, read its plan: one round trip
    "accounts/throttling.py": 2,  # who asks, and what their buckets have: before the request's transaction
    "accounts/vault.py": 3,  # a runner is given credentials: lock, count, read with their data key, in one round trip
    "accounts/callers.py": 4,  # a signed-in person: memberships with their accounts, then the plan of one
    "billing/actions.py": 2,  # a counter that cannot be raced past its limit: one upsert, and back
    "billing/limits.py": 2,  # how much of every limit is used, in one query
    "billing/credit.py": 1,  # a call that was bought is taken with its entry, or there is none
    "events/actions.py": 4,  # take the turn in a stream, NOTIFY
    "events/audit.py": 6,  # pages of a chain: index look-ups of which at most so many rows are looked at
    "events/heads.py": 4,  # what has grown since the last round, and its heads with ON CONFLICT DO NOTHING
    "events/queries.py": 1,  # the stream of an account: two index look-ups, merged
    "events/verifying.py": 5,  # chains as they are stored, by index
    "executor_one/finding.py": 6,  # the palette: a few newest rows of many tables, as one types
    "executor_one/overview.py": 5,  # the overview: all that it shows in one query
    "goals/claims.py": 8,  # claim, read what a result belongs to, what still runs and how far it was told
    "goals/crystallized.py": 5,  # the trees of a shape, how a tree stands
    "goals/loop.py": 9,  # make and lock the executor, end a goal's other tasks, NOTIFY
    "memory/learned.py": 1,  # add to the registry
    "goals/queries.py": 4,  # what can run, and a goal with its current task
    "goals/sampling.py": 3,  # a sample in the same commit as the beat's other writes; the samples of a day
    "goals/record.py": 11,  # a goal's page in one round trip; events found by halving
    "memory/actions.py": 2,  # garbage: found by partial indexes, locked unless somebody uses it
    "memory/codes.py": 10,  # blocks of codes: `bytea` grown and made by Postgres itself
    "memory/indexing.py": 6,  # words of a memory in one upsert, vectors of many in one message
    "memory/semantic.py": 12,  # recall by meaning: bit_count over codes, LATERAL over words; one round trip
    "realtime/activity.py": 4,  # the newest events by index, as activities
    "realtime/sse.py": 1,  # a page of events, the statement that followers read by
    "memory/queries.py": 6,  # recall: statements whose plans must be index lookups
    "webhooks/actions.py": 2,  # lock lanes and ring them in one round trip
    "webhooks/claims.py": 6,  # whose lanes are due, claim them; lock, write and settle one in one round trip
    "webhooks/queries.py": 2,  # the newest event, and one as its readers get it
    "webhooks/spreading.py": 4,  # who has webhooks, what happened to an account, its deliveries and cursors
    "webhooks/streams/claims.py": 2,  # whose streams are due, and claim them
}


@cache
def sources():
    """{path: tree} of our Python files, migrations left out."""
    rooms = [folder for folder in ROOT.iterdir() if (folder / "__init__.py").exists()]
    files = [file for folder in [*rooms, ROOT / "tests"] for file in folder.rglob("*.py")]
    return {
        str(file.relative_to(ROOT)): ast.parse(file.read_text())
        for file in sorted({*files, ROOT / "manage.py"})
        if "migrations" not in file.parts
    }


def product():
    return {path: tree for path, tree in sources().items() if not path.startswith(("tests/", "bench/"))}


def calls(tree, *names):
    """Calls of a function or method with one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in names:
                yield node


def count_calls(*names, outside=()):
    counted = Counter(
        {path: len(list(calls(tree, *names))) for path, tree in product().items() if not path.startswith(outside)}
    )
    return {path: number for path, number in counted.items() if number}


def test_the_walk_finds_the_house():
    assert {"goals/loop.py", "executor_one/kit/tenancy.py", "tests/test_architecture.py"} <= set(sources())


def test_functions_fit_on_a_screen():
    long = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


def test_files_are_short():
    long = {}
    for path in sources():
        lines = len((ROOT / path).read_text().splitlines())
        if lines > (TEST_FILE_LINES if path.startswith("tests/") else FILE_LINES):
            long[path] = lines
    assert not long


def test_no_module_is_a_drawer():
    drawers = {path for path in sources() if BANNED_NAMES & {*Path(path).with_suffix("").parts}}
    assert drawers == NAMED_BY_DJANGO


def test_all_accounts_is_used_only_where_listed():
    assert count_calls("all_accounts", outside="executor_one/kit/tenancy.py") == ALL_ACCOUNTS


def test_all_rows_in_a_batch_are_asked_for_only_where_listed():
    named = Counter(
        path
        for path, tree in product().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "ALL" and not path.startswith("executor_one/kit/")
    )
    assert named == ALL_IN_BATCHES


def test_all_accounts_says_why():
    for path, tree in product().items():
        for call in calls(tree, "all_accounts"):
            reason = [word.value for word in call.keywords if word.arg == "reason"]
            assert isinstance(reason[0], ast.Constant), path
            assert len(reason[0].value) > 10, path


def test_sql_by_hand_is_only_where_listed():
    outside = ("executor_one/kit/", "executor_one/serve/", "actuators/")
    assert count_calls("execute", "executemany", "raw", "extra", "RawSQL", outside=outside) == RAW_SQL


def test_sql_in_batches_is_only_where_listed():
    assert count_calls("sql", outside="executor_one/kit/") == BATCHED_SQL


def test_statements_with_large_answers_are_only_where_listed():
    assert count_calls("binary_rows", outside="executor_one/kit/") == {"events/verifying.py": 1, "memory/codes.py": 3}


def test_unscoped_managers_are_not_used():
    assert not [
        f"{path}:{node.lineno}"
        for path, tree in product().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("_base_manager", "_default_manager")
    ]


def test_an_update_does_not_move_a_row_to_another_account():
    moved = {"account", "account_id"}
    assert not [
        f"{path}:{call.lineno}"
        for path, tree in product().items()
        for call in calls(tree, "update")
        if moved & {word.arg for word in call.keywords}
    ]


def views(of=ApiView):
    for view in of.__subclasses__():
        yield view
        yield from views(view)


def test_every_endpoint_says_what_it_does():
    assert api_routes(), "the walk imports every view"
    silent = [
        f"{view.__module__}.{view.__qualname__}.{method}"
        for view in views()
        for method in METHODS
        if hasattr(view, method) and not (getattr(view, method).__doc__ or "").strip()
    ]
    assert not silent


def jobs():
    for path, tree in product().items():
        for call in calls(tree, "enqueue"):
            if path != "executor_one/kit/queue.py":
                yield f"{path}:{call.lineno}", call.args[0]
            elif isinstance(call.args[0], ast.Constant):
                yield path, call.args[0]


@pytest.mark.parametrize(("where", "name"), [pytest.param(*job, id=job[0]) for job in jobs()])
def test_every_queued_job_exists(where, name):
    assert isinstance(name, ast.Constant), f"{where}: say the job's name as a literal"
    assert callable(pydoc.locate(name.value)), f"{where}: {name.value}"
    assert ".tasks." in name.value, f"{where}: queue entry points live in tasks.py"


def test_the_pulse_exists():
    from executor_one.kit.queue import PULSE_JOB

    assert callable(pydoc.locate(PULSE_JOB))
