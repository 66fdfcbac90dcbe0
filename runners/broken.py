"""A fault of ours in the middle of a try: its trace is for us, its words are honest, and nothing repeats it."""

from __future__ import annotations

import logging
import traceback

from goals.claims import Lease, Result
from goals.faults import MESSAGES
from runners.trying import failure

logger = logging.getLogger(__name__)

CODE = "actuator_failed"
FRAMES = 20


def broken(lease: Lease, fault: Exception) -> Result:
    """The end of a try that an exception nobody expected has ended. How far it was is not known.

    Logged without the exception's own words: they may quote what the customer sent, or was sent.
    """
    trace = "".join(traceback.format_tb(fault.__traceback__, limit=-FRAMES))
    name = type(fault).__name__
    logger.error("task %s epoch %s: %s failed by %s\n%s", lease.task_id, lease.epoch, lease.actuator, name, trace)
    return failure(CODE, MESSAGES[CODE], in_doubt=True)
