"""Who reaches what: generated over every route of the API and every model."""

import dataclasses
import json
import secrets
import uuid
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import roles, vault
from accounts.models import Account, ApiKey, Credential, Invitation, Membership
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.api import PUBLIC, STAFF
from executor_one.kit.routes import api_routes
from goals.models import Goal
from memory.models import Correction, Memory, TaskTree
from webhooks import actions as webhooks
from webhooks.models import AuditStream, WebhookDelivery
from webhooks.streams import actions as streams

pytestmark = pytest.mark.smoke

ROUTES = api_routes()
CLOSED = [route for route in ROUTES if route.permission not in (PUBLIC, STAFF)]
OF_STAFF = [route for route in ROUTES if route.permission == STAFF]
OF_OBJECTS = [route for route in CLOSED if route.parameters]

# What may be called by anybody. A new line here is a decision.
OPEN = {
    "GET /api/billing/pricing",
    "GET /api/billing/tiers",
    "GET /api/docs",
    "GET /api/health",
    "GET /api/schema",
    "GET /api/v1/audit/keys",  # who was given heads and events verifies them without an account
    "POST /api/auth/login",
    "POST /api/auth/password/forgot",
    "POST /api/auth/password/reset",
    "POST /api/auth/register",
    "POST /api/auth/verify",
    "POST /api/billing/webhook",  # Stripe's signature is its credential
}
# How to find an object of an account for each placeholder of a path, and how to make an id that never was.
OBJECTS = {
    "correction_id": (lambda account: known_correction(account), uuid.uuid4),
    "credential_key": (lambda account: known_credential(account), lambda: f"never/{uuid.uuid4()}"),
    "key": (lambda account: Memory.objects.get(), lambda: f"never/{uuid.uuid4()}"),
    "goal_id": (lambda account: Goal.objects.get(), uuid.uuid4),
    "invitation_id": (lambda account: known_invitation(account), lambda: "inv_" + "0" * 26),
    "key_id": (lambda account: ApiKey.objects.live().first(), lambda: "key_" + "0" * 26),
    "member_id": (lambda account: Membership.objects.get(), uuid.uuid4),
    "org_id": (lambda account: account, lambda: "acc_" + "0" * 26),
    "receipt": (lambda account: Event.objects.first(), lambda: "rcp_" + "0" * 26),
    "path": (lambda account: known_file(account), lambda: f"never-{uuid.uuid4()}"),
    "stream_id": (lambda account: known_stream(account), lambda: "ast_" + "0" * 26),
    "tree_id": (lambda account: known_tree(account), uuid.uuid4),
    "webhook_id": (lambda account: known_delivery(account).endpoint, lambda: "wep_" + "0" * 26),
    "delivery_id": (lambda account: known_delivery(account), lambda: "whk_" + "0" * 26),
}
# What of an object stands in the path, when it is not its id.
IN_PATHS = {"key": "key", "path": "name", "credential_key": "key", "member_id": "user_id", "receipt": "receipt"}
# A PUT makes what was not there. It asks for the body's fields first, of everybody.
MAKES_WHAT_IS_ABSENT = {"PUT /api/memory/{key}": 400}
# Models that are nobody's: no account, no row-level security.
GLOBAL = {
    "kit.RateBucket": "counts tries by key; a sign-up has no account yet",
    "kit.KeptAnswer": "found by a digest of account, route and key, and sealed with what that is made of",
    "billing.Plan": "the price list, the same for everybody",
    "billing.HistoricalPlan": "what staff made of the price list, and when",
    "billing.Package": "the price list of model calls, the same for everybody",
    "billing.HistoricalPackage": "what staff made of it, and when",
    "billing.OperatingCost": "what the installation costs, as staff enter it",
    "accounts.User": "a person can be a member of several accounts",
    "accounts.User_groups": "Django's staff permissions",
    "accounts.User_user_permissions": "Django's staff permissions",
    "accounts.OneTimeToken": "a person's, found by the digest of a mailed secret",
    "accounts.Look": "staff see as a person, who can be a member of several accounts",
    "goals.Pulse": "one row: the installation's heartbeat",
    "runners.Runner": "a process of the installation",
    "webhooks.Courier": "a process of the installation",
}
OURS = ("executor_one", "kit", "events", "billing", "accounts", "memory", "goals", "runners", "realtime", "webhooks")
MODELS = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in OURS]
TENANTS = [model for model in MODELS if issubclass(model, tenancy.AccountOwned) or model is Account]
each_route = pytest.mark.parametrize("route", CLOSED, ids=str)
each_object_route = pytest.mark.parametrize("route", OF_OBJECTS, ids=str)
each_tenant_table = pytest.mark.parametrize("table", [model._meta.db_table for model in TENANTS])


READ = [route for route in CLOSED if route.method == "GET"]


@pytest.mark.parametrize("route", READ, ids=str)
def test_head_asks_for_what_get_asks_for(route, account_a, client_for, anonymous):
    ids = ids_of(account_a, route)
    head = dataclasses.replace(route, method="HEAD")
    assert call(anonymous, head, **ids).status_code == 401
    client = client_for(account_a)
    assert call(client, head, **ids).status_code == 200
    with tenancy.account_scope(account_a):
        ApiKey.objects.filter(name="test").update(scopes=[])
    assert call(client, head, **ids).status_code == 403


def call(client, route, **ids):
    """The route's answer; placeholders without an id get one that never was."""
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", str(ids.get(name) or OBJECTS[name][1]()))
    body = {} if route.method in ("GET", "HEAD") else {"data": "{}", "content_type": "application/json"}
    return client.generic(route.method, path, **body)


def ids_of(account, route):
    with tenancy.account_scope(account):
        return {name: getattr(OBJECTS[name][0](account), IN_PATHS.get(name, "pk")) for name in route.parameters}


def problem(answer):
    """The body of an error in the one shape, without its receipt."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    body = json.loads(answer.content)
    assert body["code"] == body["status"] == answer.status_code
    assert body["receipt"].startswith("rcp_")
    assert body.pop("receipt") == answer["X-Receipt"]
    assert all(body[name] for name in ("type", "title", "name", "message"))
    return body


def known_file(account):
    """One in the account's workspace, as its tasks leave them."""
    folder = settings.WORKSPACES_DIR / account.workspace
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"of-{account.pk}").write_text("theirs")
    return SimpleNamespace(name=f"of-{account.pk}")


def known_correction(account):
    row, _ = Correction.objects.get_or_create(
        account_id=account.pk, signature="shell/exit_1: no", fix_digest="0" * 64,
        defaults={"fix": {"kind": "wait", "seconds": 1}, "source": Correction.Source.CUSTOMER},
    )  # fmt: skip
    return row


def known_credential(account):
    row = Credential.objects.filter(key="of/theirs").first()
    return row or vault.put("of/theirs", "bearer", "planted", actor="test")[0]


def known_invitation(account):
    row, _ = Invitation.objects.get_or_create(
        account_id=account.pk, email="asked@example.com",
        defaults={
            "role": roles.VIEWER, "digest": secrets.token_hex(32), "expires_at": timezone.now() + timedelta(days=1),
        },
    )  # fmt: skip
    return row


def known_tree(account):
    row, _ = TaskTree.objects.get_or_create(
        account_id=account.pk, shape="0" * 64,
        defaults={"description": "x", "tree": {}, "planner": "path", "learned_from": uuid.uuid4()},
    )  # fmt: skip
    return row


def known_delivery(account):
    row = WebhookDelivery.objects.select_related("endpoint").first()
    if row is None:
        endpoint, _ = webhooks.create("https://example.com/hook", ["*"], actor="test")
        row = webhooks.send_test(endpoint.pk, actor="test")
    return row


def known_stream(account):
    row = AuditStream.objects.first()
    url = "https://example.com/log"
    return row or streams.create("theirs", "http_json", ["*"], actor="test", url=url)


def test_the_open_routes_are_these():
    assert {str(route) for route in ROUTES if route.permission == PUBLIC} == OPEN


def wanted(route):
    """The permissions that a caller must have, all of them."""
    return set(route.permission.split())


def test_every_permission_is_known():
    assert set().union(*map(wanted, CLOSED)) <= roles.ALL_PERMISSIONS


def test_every_placeholder_is_tried_with_foreign_ids():
    assert {name for route in ROUTES for name in route.parameters} == set(OBJECTS)


@each_route
@pytest.mark.django_db
def test_nobody_is_401(route, anonymous):
    answer = call(anonymous, route)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert problem(answer)["name"] == "unauthorized"


@pytest.mark.parametrize("route", OF_STAFF, ids=str)
def test_what_is_for_staff_is_for_no_key_of_whatever_role(route, account_a, client_for, anonymous):
    assert call(anonymous, route).status_code == 401
    for role in roles.ROLES:
        assert call(client_for(account_a, role=role), route).status_code == 403


@each_route
def test_a_role_that_is_too_low_is_403(route, account_a, client_for):
    """The highest role that lacks the permission; for what every role may do, a key without the scope."""
    lacking = [role for role in roles.ROLES if not wanted(route) <= roles.PERMISSIONS[role]]
    client = client_for(account_a, role=lacking[-1] if lacking else roles.OWNER)
    ids = ids_of(account_a, route)
    if not lacking:
        with tenancy.account_scope(account_a):
            ApiKey.objects.filter(name="test").update(scopes=[])
    answer = call(client, route, **ids)
    assert answer.status_code == 403
    assert any(permission in problem(answer)["message"] for permission in wanted(route))


@each_route
def test_the_lowest_role_that_may_is_let_in(route, account_a, client_for):
    may = next(role for role in roles.ROLES if wanted(route) <= roles.PERMISSIONS[role])
    assert call(client_for(account_a, role=may), route).status_code not in (401, 403)


@each_object_route
def test_a_foreign_id_answers_like_one_that_never_was(route, account_a, account_b, client_for):
    client, theirs = client_for(account_a), ids_of(account_b, route)
    foreign, absent = call(client, route, **theirs), call(client, route)
    assert foreign.status_code == absent.status_code == MAKES_WHAT_IS_ABSENT.get(str(route), 404)
    assert problem(foreign) == problem(absent)
    changing = {"X-Receipt", "Content-Length", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    assert {name: value for name, value in foreign.items() if name not in changing} == {
        name: value for name, value in absent.items() if name not in changing
    }


@each_object_route
def test_an_odd_id_breaks_nothing(route, account_a, client_for):
    client = client_for(account_a)
    for odd in ("%00", "a%00b", "%FF", "%ED%A0%80", "%0A", "%2E%2E", "x" * 3000):
        found = call(client, route, **dict.fromkeys(route.parameters, odd))
        assert 400 <= found.status_code < 500, (odd, found.content)


@each_object_route
def test_the_own_id_is_found(route, account_a, client_for):
    assert call(client_for(account_a), route, **ids_of(account_a, route)).status_code != 404


# --- the second wall -------------------------------------------------------------------------------

WALLS = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.permissive, p.cmd, p.roles::text, p.qual, p.with_check
    FROM pg_class c LEFT JOIN pg_policies p ON p.schemaname = 'public' AND p.tablename = c.relname
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"""


def wall_problems(database):
    """What is wrong with the row-level security of the tenants' tables, in words."""
    rows = {}
    for name, *wall in database.execute(WALLS):
        rows.setdefault(name, []).append(wall)
    for model in TENANTS:
        table = model._meta.db_table
        column = "id" if model is Account else "account_id"
        enabled, forced, permissive, command, to, using, check = rows[table][0]
        if len(rows[table]) > 1:
            yield f"{table} has {len(rows[table])} policies: permissive ones are ORed"
        if not enabled or not forced:
            yield f"{table}: row-level security is not enabled and forced"
        if (permissive, command, to) != ("PERMISSIVE", "ALL", "{public}"):
            yield f"{table} has no policy for everybody and everything"
            continue
        for clause in (using, check):
            if "current_setting('app.account'" not in (clause or "") or f"({column})::text = " not in clause:
                yield f"{table}: a policy that does not compare {column} with app.account"


def test_every_model_is_a_tenant_s_or_listed_as_nobody_s():
    assert {model._meta.label for model in MODELS if model not in TENANTS} == set(GLOBAL)


def test_nothing_of_nobody_s_points_to_an_account():
    for model in MODELS:
        if model not in TENANTS:
            assert not [field for field in model._meta.fields if field.related_model is Account], model


def test_the_walls_stand(owner_connection):
    assert not list(wall_problems(owner_connection))


def test_every_table_with_an_account_has_a_wall(owner_connection):
    found = owner_connection.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'account_id'"
    )
    assert {name for (name,) in found} == {model._meta.db_table for model in TENANTS if model is not Account}


@each_tenant_table
@pytest.mark.parametrize(
    "sabotage",
    [
        "DROP POLICY {table}_of_account ON {table}",
        "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY open ON {table} USING (true)",
        "ALTER POLICY {table}_of_account ON {table} USING (true)",
    ],
)
def test_a_missing_wall_is_noticed(table, sabotage, owner_connection):
    owner_connection.execute("SET lock_timeout = '10s'")
    owner_connection.execute(sabotage.format(table=table))
    assert table in " ".join(wall_problems(owner_connection))


@each_tenant_table
def test_the_database_shows_rows_of_the_active_account_only(table, account_a, account_b):
    column = "id" if table == Account._meta.db_table else "account_id"
    with connection.cursor() as cursor:
        for active, seen in ((account_a.pk, {account_a.pk}), ("acc_nobody", set()), ("", set())):
            cursor.execute("SELECT set_config('app.account', %s, true), set_config('app.proof', '', true)", [active])
            cursor.execute(f"SELECT DISTINCT {column} FROM {table}")
            assert {account for (account,) in cursor.fetchall()} <= seen


@pytest.mark.django_db
def test_no_account_means_no_query():
    for model in TENANTS:
        with tenancy.no_account(), pytest.raises(tenancy.NoActiveAccount):
            model.objects.exists()


def test_the_app_s_role_cannot_step_over(database_urls):
    with psycopg.connect(database_urls.app_url) as app:
        row = app.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND pg_has_role(relowner, 'MEMBER')), has_schema_privilege('public', 'CREATE')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert not any(row)
