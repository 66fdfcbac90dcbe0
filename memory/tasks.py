"""What the queue runs for memory: ids in, an idempotent call out."""

from executor_one.kit import tenancy
from executor_one.kit.queue import enqueue
from memory import codes
from memory.actions import collect_garbage
from memory.indexing import embed_waiting, has_waiting


def embed(account_id: str) -> None:
    """Make the vectors that an account's memories miss, some of them, and come again while there are more."""
    if embed_waiting(account_id):
        enqueue("memory.tasks.embed", account_id)


def collect(account_id: str) -> None:
    """Take away what an account need not keep, some of it; the job comes again while there is more."""
    with tenancy.account_scope(account_id):
        collect_garbage()


def forget_codes(account_id: str, *ids: str) -> None:
    """Leave no code of these memories, which were deleted."""
    with tenancy.account_scope(account_id):
        codes.forget(ids)
    if has_waiting(account_id):
        enqueue("memory.tasks.embed", account_id)
