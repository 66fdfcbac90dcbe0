"""Why a try failed, in sentences that quote nothing of what was run or printed. Others come from the actuators."""

MESSAGES = {
    "timeout": "It ran longer than its time limit and was killed.",
    "output": "It printed far more than is kept and was killed.",
    "memory": "It used more memory than allowed and was killed.",
    "disk": "The workspace is over its disk quota.",
    "cancelled": "It was cancelled.",
    "actuator_failed": "A fault of ours ended it, and is recorded. It may have been done, in part or whole.",
    "runner_lost": "Its runner or its sandbox was lost: it may have run in part.",
}
REPLANNED = "The goal is planned anew."
NO_SUCCESS = "It is no success as the task says it: "
NO_SANDBOX = "No sandbox on this runner, so nothing was run: "
SANDBOX_FAILED = "The sandbox failed, so nothing was run: "
NOTHING_WAS_RUN = (NO_SANDBOX, SANDBOX_FAILED)
