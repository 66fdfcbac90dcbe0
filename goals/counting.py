"""Which goals count against the month and begin the plan's pause: all that are planned, few of those that cannot be.

Somebody who mistypes a goal has had nothing of it, so it costs them neither one of the month's goals nor the wait. But
a goal is written and planned before that is known. So only some of them are given back, as many as a person mistypes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.actions import give_back_in
from billing.models import Metric
from executor_one.kit import rates
from executor_one.kit.errors import TooSoon
from goals.models import Goal

if TYPE_CHECKING:
    from goals.loop import Tick

GIVEN_BACK = (10, 3600)  # goals of one account that could not be planned: ten at once, then one in six minutes


def give_back(beat: Tick, goal: Goal) -> None:
    """Take a goal that cannot be planned out of the count, in the transaction that fails it.

    The account's executor is locked, and the month's counter is always locked after it (goals.actions), so a tick and a
    request that counts cannot wait for each other.
    """
    if goal.kind != Goal.Kind.GOAL or goal.tasks_total:  # not counted by the month; or it was planned before, and ran
        return
    try:
        rates.take(f"unplanned:{goal.account_id}", GIVEN_BACK, message="Too many goals that cannot be planned.")
    except TooSoon:
        return
    goal.counted = False
    give_back_in(beat.writes, Metric.GOALS, goal.created_at.date().replace(day=1))
