"""Batches: several statements in one round trip, behind the same two walls as the ORM."""

import pytest
from django.db import DatabaseError, connection, transaction

from events.actions import event
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load, load_some
from goals.models import Goal

pytestmark = pytest.mark.smoke


@pytest.fixture
def scope(member):
    with tenancy.account_scope(member.account):
        yield member


def goal(member, **fields):
    from django.utils import timezone

    return Goal(account_id=member.id, description="x", wake_at=timezone.now(), **fields)


def test_results_come_in_the_order_of_the_statements(scope):
    batch = Batch()
    batch.sql("SELECT $1::int", 1)
    batch.sql("SELECT 'no value', '100 %'")
    batch.sql("SELECT $1::int, $2::text", 2, "it's \\ %s $1")
    assert batch.run() == [[(1,)], [("no value", "100 %")], [(2, "it's \\ %s $1")]]
    assert batch.run() == [], "what was sent is not sent again"


def test_a_statement_that_returns_nothing_has_no_rows(scope):
    batch = Batch()
    batch.insert(goal(scope))
    batch.sql("SELECT count(*) FROM goals_goal")
    assert batch.run() == [[], [(1,)]]


def test_rows_are_written_and_read_as_the_orm_does(scope):
    stated = goal(scope, semantic_path=["a", {"b": "it's"}], deadline=None)
    batch = Batch()
    batch.insert(stated)
    batch.sql(f"SELECT {columns(Goal, 'goal')} FROM goals_goal goal WHERE id = $1", stated.pk)
    loaded = load(Goal, batch.run()[1][0])
    assert {field.attname: getattr(loaded, field.attname) for field in Goal._meta.concrete_fields} == {
        field.attname: getattr(Goal.objects.get(), field.attname) for field in Goal._meta.concrete_fields
    }
    assert loaded.semantic_path == ["a", {"b": "it's"}]


def test_an_update_writes_the_named_fields_and_only_while_its_condition_holds(scope):
    stated = goal(scope)
    stated.save()
    stated.description, stated.planner = "changed", "changed"
    batch = Batch()
    batch.update(stated, "description")
    batch.update(stated, "planner", where="state = 'completed'")
    batch.run()
    assert (Goal.objects.get().description, Goal.objects.get().planner) == ("changed", "")


def test_what_was_read_in_part_fetches_the_rest(scope):
    stated = goal(scope)
    stated.save()
    assert load_some(Goal, id=stated.pk, account_id=scope.id).description == "x"


def test_a_row_of_another_account_is_refused_when_it_is_added(scope, make_member):
    stranger = make_member("stranger@example.com")
    with pytest.raises(tenancy.ForeignAccount):
        Batch().insert(goal(stranger))
    with pytest.raises(tenancy.ForeignAccount):
        Batch().update(goal(stranger), "description")
    with tenancy.no_account(), pytest.raises(tenancy.ForeignAccount):
        Batch().insert(goal(scope))


def test_a_statement_about_another_account_meets_the_second_wall(scope, make_member):
    stranger = make_member("stranger@example.com")
    with tenancy.account_scope(stranger.account):
        goal(stranger).save()
    batch = Batch()
    batch.sql("SELECT id FROM goals_goal WHERE account_id = $1", stranger.id)
    batch.sql("UPDATE goals_goal SET description = 'mine' WHERE account_id = $1 RETURNING id", stranger.id)
    assert batch.run() == [[], []]


def test_one_failing_statement_undoes_the_batch(scope):
    batch = Batch()
    batch.insert(goal(scope))
    batch.sql("SELECT 1 / $1::int", 0)
    with pytest.raises(DatabaseError), transaction.atomic():
        batch.run()
    assert not Goal.objects.exists()


def test_a_statement_that_cannot_be_prepared_leaves_the_connection_usable(scope):
    wrong, right = Batch(), Batch()
    wrong.sql("SELECT $1::int + 39", 1)
    wrong.sql("SELECT nonsense FROM nowhere")
    right.sql("SELECT $1::int + 40", 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        wrong.run()
    assert right.run() == [[(42,)]]


def test_statements_are_prepared_once_a_connection(scope):
    def prepared():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%only here%%'")
            return cursor.fetchone()[0]

    for number in range(3):
        batch = Batch()
        batch.sql("SELECT $1::int -- only here", number)
        assert batch.run() == [[(number,)]]
    assert prepared() == 1


def test_a_new_connection_prepares_anew(committed, make_member):
    member = make_member("one@example.com")
    for _ in range(2):
        batch = Batch()
        batch.sql("SELECT current_setting('app.account')")
        assert batch.run_as(member.id) == [[(member.id,)]]
        connection.close()


def test_run_alone_it_is_one_transaction_and_its_account_ends_with_it(committed, make_member):
    member = make_member("one@example.com")
    batch = Batch()
    batch.sql("UPDATE accounts_account SET name = 'changed' WHERE id = $1 RETURNING id", member.id)
    batch.sql("SELECT 1 / $1::int", 0)
    with pytest.raises(DatabaseError):
        batch.run_as(member.id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.account', true)")
        assert cursor.fetchone()[0] in ("", None)
    with tenancy.account_scope(member.account):
        assert type(member.account).objects.get().name != "changed"


def count(member):
    with tenancy.account_scope(member.account):
        return Goal.objects.count()


def test_the_last_batch_ends_its_transaction_and_still_answers(committed, make_member):
    member = make_member("one@example.com")
    with tenancy.account_scope(member.account):
        batch = Batch()
        batch.insert(goal(member))
        batch.sql("SELECT $1::int", 7)
        assert batch.run(commit=True) == [[], [(7,)]]
        assert connection.connection.info.transaction_status == 0, "idle: the COMMIT was sent already"
    assert count(member) == 1


def test_inside_an_outer_transaction_nothing_is_committed_early(committed, make_member):
    member = make_member("one@example.com")
    with transaction.atomic():
        with tenancy.account_scope(member.account):
            batch = Batch()
            batch.insert(goal(member))
            batch.run(commit=True)
        transaction.set_rollback(True)
    assert count(member) == 0


@pytest.mark.parametrize("ends_well", [True, False])
def test_deferred_writes_are_committed_or_forgotten_with_their_transaction(committed, make_member, ends_well):
    member = make_member("one@example.com")
    try:
        with tenancy.account_scope(member.account):
            batch = Batch()
            batch.insert(goal(member))
            batch.defer()
            if not ends_well:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert count(member) == ends_well


def test_a_deferred_write_is_seen_by_the_next_read_whatever_sends_it(scope):
    batch = Batch()
    batch.insert(goal(scope))
    batch.defer()
    assert Goal.objects.count() == 1
    batch.insert(goal(scope))
    batch.defer()
    assert len(list(Goal.objects.iterator())) == 2
    batch.insert(goal(scope))
    batch.defer()
    with transaction.atomic():
        assert Goal.objects.count() == 3


def test_the_error_of_a_deferred_write_comes_with_the_commit(committed, make_member):
    member = make_member("one@example.com")
    wrong = Batch()
    wrong.sql("SELECT 1 / $1::int", 0)
    with pytest.raises(DatabaseError), tenancy.account_scope(member.account):
        wrong.defer()
    assert count(member) == 0, "and the connection is as good as before"


def test_a_value_that_cannot_be_sent_loses_nothing_that_waits(committed, make_member):
    member = make_member("one@example.com")
    with tenancy.account_scope(member.account):
        batch = Batch()
        batch.insert(goal(member))
        batch.defer()
        with pytest.raises((DatabaseError, ValueError)):
            Goal.objects.filter(description="\x00").exists()
    assert count(member) == 1


def test_a_transaction_in_which_nothing_is_done_sends_nothing(committed, member):
    with transaction.atomic():
        pass
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("SELECT %s::int", [(1,), (2,)])
        assert connection.connection.info.transaction_status == 2, "in a transaction"


def test_events_keep_their_order(scope):
    batch = Batch()
    batch.insert(*(event(f"test.{number}", {}) for number in range(5)))
    batch.run()
    kinds = Event.objects.filter(type__startswith="test.").order_by("id").values_list("type", flat=True)
    assert list(kinds) == [f"test.{number}" for number in range(5)]
