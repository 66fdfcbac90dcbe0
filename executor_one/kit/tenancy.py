"""Every tenant row belongs to one account, and no SQL is written without saying which.

Wall 1 (here): the manager of a tenant model puts the active account into the WHERE when the SQL is compiled, and
raises when no account is active. Wall 2 (walls.py): row-level security, fed by `set_config` as the first statement
of the transaction that a scope opens. See docs/decisions/0002-two-walls-below-the-view.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models.expressions import Combinable

from executor_one.kit import receipts

ALL = "*"  # what `app.account` holds inside all_accounts(); the policies know it
TELL = "SELECT set_config('app.account', $1, true), set_config('app.proof', $2, true)"  # for a batch (kit.batch)


@dataclass(frozen=True)
class Scope:
    """Whose rows may be touched: one account, every account, or the rows a credential's digest proves."""

    account_id: str = ""
    proof: str = ""

    @property
    def is_filtered(self) -> bool:
        return self.account_id != ALL and not self.proof


_active: ContextVar[Scope | None] = ContextVar("active_scope", default=None)


class NoActiveAccount(RuntimeError):
    """A query touched tenant rows before an account was chosen."""


class ForeignAccount(RuntimeError):
    """A row of another account was about to be written."""


def active_account_id() -> str:
    """The id of the active account; raises NoActiveAccount when there is none (or when there are all)."""
    scope = _active.get()
    if scope is None or not scope.account_id or scope.account_id == ALL:
        raise NoActiveAccount("no account is active; open account_scope(account) first")
    return scope.account_id


@contextmanager
def account_scope(account: Any) -> Iterator[None]:
    """Choose one account (an Account or its id) and open a transaction whose rows are that account's only."""
    with _scope(Scope(account_id=account if isinstance(account, str) else account.pk)):
        yield


@contextmanager
def all_accounts(*, reason: str) -> Iterator[None]:
    """Every account's rows, for the reason given. Each use is listed in tests/test_architecture.py."""
    assert reason
    with _scope(Scope(account_id=ALL)):
        yield


@contextmanager
def proof_scope(digest: str) -> Iterator[None]:
    """The rows that a secret's digest proves (an API key, a session, a one-time token), before the account is known."""
    with _scope(Scope(proof=digest)):
        yield


@contextmanager
def no_account() -> Iterator[None]:
    """Forget any account: where a request or a job begins."""
    token = _active.set(None)
    try:
        yield
    finally:
        _active.reset(token)


def enter(account: Any) -> None:
    """Switch the open transaction to one account until the enclosing scope ends (after authentication)."""
    scope = Scope(account_id=account if isinstance(account, str) else account.pk)
    _tell_database(scope)
    _active.set(scope)


def present(proof: str) -> None:
    """Switch the open transaction to the rows that a digest proves (during authentication)."""
    scope = Scope(proof=proof)
    _tell_database(scope)
    _active.set(scope)


def entered(account_id: str) -> None:
    """The open transaction was switched to one account by a statement of the caller's own (TELL)."""
    _active.set(Scope(account_id=account_id))


@contextmanager
def entering(account_id: str) -> Iterator[None]:
    """Choose one account whose setting the caller's first batch sends to the database (Batch.run_as)."""
    token = _active.set(Scope(account_id=account_id))
    try:
        with receipts.of_a_job():
            yield
    finally:
        _active.reset(token)


@contextmanager
def _scope(scope: Scope) -> Iterator[None]:
    before, nested = _active.get(), connection.in_atomic_block
    token = _active.set(scope)
    try:
        with receipts.of_a_job(), transaction.atomic():
            _tell_database(scope)
            yield
            if nested:  # else the settings end with the transaction
                _tell_database(before or Scope())
    finally:
        _active.reset(token)


def _tell_database(scope: Scope) -> None:
    """`set_config(.., true)` dies with the transaction, so a pooled connection leaks nothing to its next user."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a scope needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.account', %s, true), set_config('app.proof', %s, true)",
            [scope.account_id, scope.proof],
        )


class InActiveAccount(models.Func):
    """`account_id = <active account>`, decided when the SQL is written, not when the queryset is built."""

    output_field = models.BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        scope = _active.get()
        if scope is None:
            raise NoActiveAccount("a query touched tenant rows while no account was active")
        if not scope.is_filtered:
            return "1 = 1", []
        column, params = compiler.compile(self.source_expressions[0])
        return f"{column} = %s", [*params, scope.account_id]


Row = TypeVar("Row", bound=models.Model, covariant=True)


class AccountManager(models.Manager[Row]):
    """The manager of tenant models: its queries carry the active account."""

    account_path: str | Combinable = "account_id"

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(InActiveAccount(self.account_path))


class AccountOwned(models.Model):
    """A row of one account. Writing it while another account is active raises."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")

    objects = AccountManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        refuse_foreign(self)
        super().save(*args, **kwargs)


def refuse_foreign(row: AccountOwned) -> None:
    """Raise ForeignAccount unless the row's account may be written now."""
    scope = _active.get()
    if scope is None or (scope.account_id not in (row.account_id, ALL) and not scope.proof):
        raise ForeignAccount(f"{type(row).__name__} of an account that is not active")
