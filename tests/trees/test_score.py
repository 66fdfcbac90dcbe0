"""Trust in a tree: one failure of a young one ends its use, a replanned success restores it."""

import pytest

from memory.trees import HIT_SCORE, after_use
from tests.trees.account import Account
from tests.trees.test_slots import replaced, task


def through(outcomes):
    """The scores after each outcome, `+` a success."""
    successes, failures, score, scores = 0, 0, None, []
    for outcome in outcomes:
        successes, failures, score = after_use(successes, failures, outcome == "+", score=score)
        scores.append(score)
    return scores


def test_the_first_outcomes_are_a_beta_distributions_mean():
    assert through("+") == pytest.approx([2 / 3])
    assert through("+-") == pytest.approx([2 / 3, 1 / 2])
    assert through("+-+") == pytest.approx([2 / 3, 1 / 2, 3 / 5])
    assert after_use(0, 0, True) == (1, 0, pytest.approx(2 / 3))
    assert after_use(1, 0, False) == (1, 1, pytest.approx(1 / 2))


@pytest.mark.parametrize(("outcomes", "hits"), [
    ("+", True), ("+-", False), ("+-+", True), ("++-", True), ("+--+", False), ("+--++", True), ("-", False),
])  # fmt: skip
def test_which_trees_hit(outcomes, hits):
    assert (through(outcomes)[-1] >= HIT_SCORE) is hits


@pytest.mark.parametrize("successes", [10, 100, 5_000])
def test_a_tree_of_many_successes_bears_three_failures_in_a_row_and_not_five(successes):
    assert through("+" * successes + "---")[-1] >= HIT_SCORE
    assert through("+" * successes + "-----")[-1] < HIT_SCORE


def test_a_score_stays_between_nothing_and_one():
    assert all(0 < score < 1 for score in through("+" * 500 + "-" * 500))
    assert 0 <= after_use(3, 3, False, score=-5.0)[2] <= after_use(3, 3, True, score=7.0)[2] <= 1


@pytest.mark.parametrize("crystallized", [False, True])
def test_E_R18_a_failure_sends_the_next_goal_to_the_planner_crystallized_or_not(crystallized):
    account = Account()
    account.learn("Build v1.2", (), [task("build v1.2")])
    [row] = account.trees("Build v1.2")
    account.rows[next(iter(account.rows))][row.id] = replaced(row, crystallized=crystallized)
    assert account.hit("Build v1.2")
    account.used(row.id, False)
    assert account.hit("Build v1.2") is None
    account.learn("Build v1.2", (), [task("build v1.2")])
    assert account.hit("Build v1.2")
    [row] = account.trees("Build v1.2")
    assert (row.successes, row.failures, row.crystallized) == (2, 1, crystallized)


def test_a_success_replanned_otherwise_becomes_a_tree_beside_the_one_that_failed():
    account = Account()
    account.learn("Build v1.2", (), [task("build v1.2")])
    [row] = account.trees("Build v1.2")
    account.used(row.id, False)
    account.learn("Build v1.2", (), [task("build --new v1.2")])
    assert account.hit("Build v1.2").tasks == [task("build --new v1.2")]
    assert len(account.trees("Build v1.2")) == 2
