"""What makes a literal a slot, and what does not: evidence of verified successes."""

import pytest

from memory.trees import learn, match, shape_of
from memory.trees.learning import MAX_TREES
from tests.trees.account import Account


def task(command, **more):
    return {"name": "Do it", "actuator": "shell", "params": {"command": command}, "dependsOn": [], **more}


def after(*successes, planner="llm"):
    """An account in which these (goal, command) pairs succeeded."""
    account = Account()
    for goal, command in successes:
        account.learn(goal, (), [task(command)], planner=planner)
    return account


def command(account, goal):
    hit = account.hit(goal)
    return hit and hit.tasks[0]["params"]["command"]


def test_E_R19_one_success_hits_only_its_exact_repeat():
    account = after(("Build shop-1 for v1.2", "build shop-1 v1.2"))
    assert command(account, "Build shop-1 for v1.2") == "build shop-1 v1.2"
    assert command(account, "build shop-1 for v1.2.") == "build shop-1 v1.2"
    assert command(account, "Build shop-1 for v1.3") is None
    assert command(account, "Build shop-2 for v1.2") is None


def test_E_R19_two_successes_that_differ_in_a_literal_make_it_a_slot_and_the_other_stays_fixed():
    account = after(("Build shop-1 for v1.2", "build shop-1 v1.2"), ("Build shop-1 for v1.3", "build shop-1 v1.3"))
    assert command(account, "Build shop-1 for v2.7") == "build shop-1 v2.7"
    assert command(account, "Build shop-2 for v2.7") is None


def test_E_R19_three_successes_open_two_literals_that_differed_one_after_the_other():
    account = after(
        ("Build shop-1 for v1.2", "build shop-1 v1.2"),
        ("Build shop-1 for v1.3", "build shop-1 v1.3"),
        ("Build shop-2 for v1.3", "build shop-2 v1.3"),
    )
    assert command(account, "Build cart-7 for v9.9") == "build cart-7 v9.9"


def test_a_slot_is_filled_wherever_it_stood_in_every_task():
    def tasks(name):
        first = {"name": f"Write {name}", "actuator": "file-writer", "params": {"path": f"out/{name}.txt", "mode": 420}}
        return [first, task(f'cat "out/{name}.txt" && ./push --tag={name}:latest', dependsOn=[0], timeoutMs=5000)]

    account = Account()
    for name in ("shop-1", "web-app"):
        account.learn(f"Publish {name}", (), tasks(name))
    assert account.hit("Publish cart-2").tasks == tasks("cart-2")


def test_two_literals_of_one_value_are_not_taken_for_one_another():
    account = after(
        ("Put api-1 into api-1", "put --what api-1 --where api-1"),
        ("Put web-1 into web-1", "put --what web-1 --where web-1"),
    )
    assert command(account, "Put cart-1 into cart-1") == "put --what cart-1 --where cart-1"
    assert command(account, "Put cart-1 into shop-1") is None
    account.learn("Put cart-1 into shop-1", (), [task("put --what cart-1 --where shop-1")])
    assert command(account, "Put feed-1 into blog-1") == "put --what feed-1 --where blog-1"
    assert len(account.trees("Put feed-1 into blog-1")) == 1


def test_a_literal_inside_another_is_not_taken_for_a_part_of_it():
    account = after(
        ("Create a project called shop in shop-data", "new shop shop-data"),
        ("Create a project called web in web-data", "new web web-data"),
    )
    assert command(account, "Create a project called feed in feed-data") == "new feed feed-data"
    assert command(account, "Create a project called feed in my-disk") is None


def test_a_literal_that_was_equal_to_a_constant_once_is_told_from_it_by_the_next_success():
    account = after(
        ("Tag main-1", "git fetch main-1 && git tag main-1"), ("Tag next-2", "git fetch main-1 && git tag next-2")
    )
    assert command(account, "Tag last-3") == "git fetch main-1 && git tag last-3"


def test_tasks_that_differ_elsewhere_are_another_tree():
    account = after(("Build v1.2", "build v1.2"), ("Build v1.3", "build --fast v1.3"))
    assert command(account, "Build v1.4") is None
    assert command(account, "Build v1.2") == "build v1.2"
    assert command(account, "Build v1.3") == "build --fast v1.3"


def test_a_literal_that_differs_and_stands_in_no_task_makes_another_tree():
    account = after(("Close ticket #121", "close"), ("Close ticket #122", "close"), ("Close ticket #123", "close"))
    assert command(account, "Close ticket #124") is None
    assert command(account, "Close ticket #122") == "close"
    assert len(account.trees("Close ticket #1")) == 3


def test_a_value_the_planner_rewrote_is_not_a_slot():
    account = after(("Build shop-api", "build shop_api"), ("Build web-api", "build web_api"))
    assert command(account, "Build cart-api") is None
    assert command(account, "Build web-api") == "build web_api"


def test_a_number_is_not_found_inside_another():
    account = after(("Keep 5 files", "keep 5 of 50"), ("Keep 50 files", "keep 50 of 50"))
    assert command(account, "Keep 50 files") == "keep 50 of 50"
    assert command(account, "Keep 30 files") == "keep 30 of 50"


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_order_of_the_successes_does_not_matter(index):
    goals = [
        ("Build a-1 for v1.2", "b a-1 v1.2"),
        ("Build a-1 for v1.3", "b a-1 v1.3"),
        ("Build b-2 for v1.2", "b b-2 v1.2"),
    ]
    account = after(*goals[index:], *goals[:index])
    assert command(account, "Build c-3 for v4.5") == "b c-3 v4.5"


def test_another_planner_makes_another_tree():
    account = after(("Build v1.2", "build v1.2"))
    account.learn("Build v1.3", (), [task("build v1.3")], planner="keyword")
    assert command(account, "Build v1.4") is None


def test_say_Hello_is_not_say_hello():
    account = after(("Say Hello to all", "echo Hello"))
    assert command(account, "say Hello to all") == "echo Hello"
    assert command(account, "Say Hello to ALL") is None
    assert command(account, "Say hello to all") is None
    assert command(account, "Say Hello  to all") == "echo Hello"
    assert command(after(("Say hello to all", "echo hello to all")), "Say hello  to all") is None


def test_the_path_planner_reads_no_description_so_its_literals_do_not_count():
    account = Account()
    account.drive("Ticket #1: Ship", ["make ship"])
    assert account.hit("ticket #99:  Ship.", ["make ship"])
    assert account.hit("Ticket #1: Ship", ["make  ship"]) is None
    assert account.hit("Ticket #1: Stop", ["make ship"]) is None


def test_a_widened_slot_takes_what_the_wider_evidence_covers():
    account = after(("Build v1.2", "build v1.2"), ("Build v1.3", "build v1.3"))
    assert command(account, "Build v1.2.3") is None
    account.learn("Build v1.2.3", (), [task("build v1.2.3")])
    assert command(account, "Build v4.5.6") == "build v4.5.6"
    assert len(account.trees("Build v4.5.6")) == 1


def test_a_weighty_word_fills_a_slot_only_where_it_was_seen():
    account = after(("Sync db-one", "sync db-one"), ("Sync db-two", "sync db-two"))
    assert command(account, "Sync db-prod") is None
    account.learn("Sync db-prod", (), [task("sync db-prod")])
    assert command(account, "Sync log-prod") == "sync log-prod"
    assert command(account, "Sync log-staging") is None


def test_two_trees_with_slots_that_disagree_are_both_not_believed():
    account = after(("Build v1.2", "a v1.2"), ("Build v1.3", "a v1.3"))
    other = after(("Build v2.2", "b v2.2"), ("Build v2.3", "b v2.3"))
    shape = shape_of("Build v4.5", ())
    both = [*account.trees("Build v1.2"), *other.trees("Build v1.2")]
    assert match(shape, both) is None
    assert match(shape_of("Build v2.2", ()), both).tasks == [task("b v2.2")]


def test_the_stored_description_names_the_slots():
    account = Account()
    account.learn("Copy a-1 to b-1, 5 times", (), [task("cp a-1 b-1 5")])
    new = account.learn("Copy c-1 to d-1, 5 times", (), [task("cp c-1 d-1 5")])
    assert new.description == "Copy {name} to {name2}, 5 times"
    assert (new.successes, new.failures) == (2, 0)


def test_at_most_eight_trees_of_a_shape_are_kept_and_a_crystallized_one_never_goes():
    account = Account()
    for number in range(MAX_TREES):
        account.learn(f"Close #{number}", (), [task("close")])
    first, second, *_ = account.trees("Close #1")
    account.used(second.id, False)
    new = account.learn("Close #99", (), [task("close")])
    assert new.drop == second.id
    rows = [replaced(row, crystallized=True) for row in account.trees("Close #1")]
    shape = shape_of("Close #100", ())
    assert learn(shape, [task("close")], rows, description="Close #100", path=(), planner="llm") is None
    assert first.id in {row.id for row in rows}


def replaced(row, **changes):
    return type(row)(**{**{name: getattr(row, name) for name in row.__dataclass_fields__}, **changes})


def test_a_name_that_the_planner_would_cut_is_not_filled():
    account = Account()
    for name in ("aa", "bb"):
        account.learn(f"Write {name}-1", (), [{**task(f"w {name}-1"), "name": "x" * 170 + f" {name}-1"}])
    assert account.hit("Write cc-1")
    assert account.hit("Write " + "c" * 30 + "-1") is None
    for name in ("aa", "bb"):
        account.learn(f"Read {name}-1", (), [{**task(f"r {name}-1"), "name": f"{name}-1 " + "x" * 193 + "…"}])
    assert account.hit("Read cc-1") is None
