"""The vault: credentials that customers put in, and that tasks are given by their key.

The values of a credential are sealed with its account's data key and bound to its account, key, kind and hosts. The
data key is wrapped by the first of CREDENTIAL_KEYS, which are not in the database. See docs/decisions/0031.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Length
from django.utils import timezone

from accounts import credentials
from accounts.models import Credential, DataKey
from actuators.given import Secret
from events.actions import event, publish
from executor_one.kit import rates, sealing, tenancy
from executor_one.kit.batch import Batch, columns, load, width
from executor_one.kit.errors import Conflict, DomainError, Malformed, NotFound, Unavailable

logger = logging.getLogger(__name__)

PURPOSE = "credentials"
MOST = 500  # credentials of one account
MOST_BYTES = 512 * 1024  # sealed, of all of them: they are looked for in whatever its tasks print
READS = (60, 60)  # by one caller: times, seconds
USED = f"""
    SELECT {columns(Credential, "credential")}, data_key.wrapped
    FROM accounts_credential credential
    LEFT JOIN accounts_datakey data_key ON data_key.account_id = credential.account_id
    WHERE credential.account_id = $1 AND credential.key = ANY($2)"""  # noqa: S608 - names of ours
HELD = """
    SELECT key, last_goal IS DISTINCT FROM $3 FROM accounts_credential WHERE account_id = $1 AND key = ANY($2)
    ORDER BY key FOR NO KEY UPDATE"""
COUNTED = """
    UPDATE accounts_credential SET last_used_at = $3, times_used = times_used + 1, last_goal = $4
    WHERE account_id = $1 AND key = ANY($2)"""
# What every sealing makes anew, of all that an account holds: none of it is read where it is long.
STAMP_OF = f"""
    (SELECT encode(sha256(string_agg(substr(sealed, 1, {sealing.HEAD}), ''::bytea ORDER BY key)), 'hex')
     FROM accounts_credential WHERE account_id = {{}})"""  # noqa: S608 - names of ours


class Damaged(DomainError):
    """What is sealed is not what was put in."""

    status = 500


# --- what customers do -----------------------------------------------------------------------------


def put(
    key: str, kind: str, values: Any, hosts: Sequence[str] = (), description: str = "", *, actor: str
) -> tuple[Credential, bool]:
    """Make a credential of the active account, or replace the one with this key: it, and whether it is new.

    A replaced one is given its values anew, so nobody sends a value where it may not go without knowing it.
    """
    now = timezone.now()
    try:
        key, kind = credentials.key_of(key), credentials.kind_of(kind)
        allowed, plain = credentials.hosts_of(kind, hosts), credentials.values_of(kind, values)
    except credentials.Wrong as wrong:
        raise Malformed(f"{wrong.field}: {wrong.message}", errors={wrong.field: [wrong.message]}) from None
    with transaction.atomic():
        data_key = _data_key()
        row = Credential.objects.filter(key=key).select_for_update(no_key=True).first()
        is_new = row is None
        if row is None:
            if Credential.objects.count() >= MOST:
                raise Conflict(f"An account has {MOST:,} credentials at most. Delete one first.")
            row = Credential(account_id=data_key.account_id, key=key, created_at=now, created_by=actor)
        row.kind, row.hosts, row.description, row.updated_at = kind, allowed, description, now
        row.sealed = _sealed(row, plain, _opened(data_key.wrapped, row.account_id))
        _refuse_too_much(row)
        row.save(force_insert=is_new)
    told = {"credential": key, "kind": kind, "hosts": allowed}
    publish(event("credential.created" if is_new else "credential.updated", told, actor=actor))
    return row, is_new


def _refuse_too_much(row: Credential) -> None:
    """Conflict where the account's credentials, this one included, are too large to be looked for together."""
    others = Credential.objects.exclude(pk=row.pk).aggregate(size=Sum(Length("sealed")))["size"] or 0
    if others + len(row.sealed) > MOST_BYTES:
        raise Conflict(f"The credentials of an account hold {MOST_BYTES // 1024} KiB at most. Delete one first.")


def listed() -> QuerySet[Credential]:
    """The credentials of the active account by key, without what they hold."""
    return Credential.objects.defer("sealed").order_by("key")


def credential_or_404(key: str) -> Credential:
    """A credential of the active account; another account's is not there."""
    found = _with_wrapped().filter(key=key).first() if credentials.known_key(key) else None
    if found is None:
        raise NotFound("There is no credential with this key.")
    return found


def reveal(key: str, *, actor: str) -> tuple[Credential, dict[str, str]]:
    """A credential and its values, for who may see them (credentials.read). Every time is an event."""
    row: Any = credential_or_404(key)
    rates.take(f"credentials:{row.account_id}:{actor}", READS, message="Too many credentials were read.")
    values = _unsealed(row, row.wrapped)
    publish(event("credential.read", {"credential": key}, actor=actor))
    return row, values


def delete(key: str, *, actor: str) -> None:
    """Delete a credential. Whatever task names it fails from now on."""
    credential_or_404(key)
    if Credential.objects.filter(key=key).delete()[0]:
        publish(event("credential.deleted", {"credential": key}, actor=actor))


# --- what a runner does ----------------------------------------------------------------------------


def opened_for(keys: Iterable[str], *, goal: UUID | str, task: UUID | str) -> dict[str, Secret]:
    """The credentials that a task names, opened for one try inside its lease; the task's account is active.

    NotFound says which there is none of. Each is counted; of a goal that uses one again and again the first use is
    told, and another one only where a different goal has used it meanwhile.
    """
    names, account, now = sorted({*keys}), tenancy.active_account_id(), timezone.now()
    if not names:
        return {}
    with transaction.atomic():
        batch = Batch()
        batch.sql(HELD, account, names, UUID(str(goal)))
        batch.sql(COUNTED, account, names, now, UUID(str(goal)))
        batch.sql(USED, account, names)  # after the locks: no rotation comes between a credential and its data key
        held, _, rows = batch.run()
        missing = {*names} - {key for key, _ in held}
        if missing:
            raise NotFound(f"There is no credential {', '.join(sorted(missing))}.")
        secrets = {}
        for values in rows:
            row = load(Credential, values[: width(Credential)])
            secrets[row.key] = Secret(row.kind, tuple(row.hosts), _unsealed(row, values[-1]))
        told = {"goal": str(goal), "task": str(task)}
        publish(*(event("credential.used", {"credential": key, **told}) for key, is_news in held if is_news))
    return secrets


def hidden_of(account: str) -> tuple[str, list[str]]:
    """(STAMP_OF, values) of all credentials of an account, for what hides them; it is no use, and nobody is told.

    Without those that cannot be opened, which no task is given either.
    """
    with tenancy.account_scope(account):
        rows: list[Any] = list(_with_wrapped().order_by("key"))
    heads = b"".join(bytes(row.sealed)[: sealing.HEAD] for row in rows)
    values: list[str] = []
    if not rows:
        return "", values
    with suppress(Damaged, Unavailable):
        key = _opened(rows[0].wrapped, account)
        for row in rows:
            with suppress(Damaged):
                values += Secret(row.kind, (), _opened_by(key, row)).hidden
    return hashlib.sha256(heads).hexdigest(), values


# --- keys ------------------------------------------------------------------------------------------


def rewrap() -> tuple[int, list[str]]:
    """Wrap every account's data key with the first of CREDENTIAL_KEYS: how many were not yet, and whose no key opens.

    Each account is a transaction of its own, so it can be stopped and started anew, and nobody waits for it.
    """
    changed, broken, first = 0, [], _masters()[0]
    for account in _accounts(DataKey.objects.exclude(kek=_name(first))):
        with tenancy.account_scope(account):
            row = DataKey.objects.select_for_update().filter(account_id=account).first()
            if row is None or sealing.is_of(bytes(row.wrapped), first):
                continue
            try:
                raw = sealing.unseal(bytes(row.wrapped), bound_to=account.encode(), keys=_masters())
            except (sealing.UnknownKey, sealing.Damaged):
                broken.append(account)
                continue
            _wrap(row, raw)
            row.save(update_fields=["wrapped", "kek"])
            changed += 1
    return changed, broken


def renew(before: datetime) -> tuple[int, list[str]]:
    """A new data key for every account whose own is older, and all its credentials sealed with that: as `rewrap`."""
    changed, broken = 0, []
    for account in _accounts(DataKey.objects.filter(created_at__lt=before)):
        try:
            with tenancy.account_scope(account):
                changed += _renew(account, before)
        except (Damaged, Unavailable):
            broken.append(account)
    return changed, broken


def _renew(account: str, before: datetime) -> int:
    """The data key's row is the lock: nobody writes a credential meanwhile. Who reads one sees both old or both new."""
    row = DataKey.objects.select_for_update().filter(account_id=account, created_at__lt=before).first()
    if row is None:
        return 0
    old, raw = bytes(row.wrapped), os.urandom(sealing.KEY)
    for credential in Credential.objects.select_for_update(no_key=True).order_by("key"):
        values = _unsealed(credential, old)
        sealed = _sealed(credential, values, sealing.key_of(raw))
        Credential.objects.filter(pk=credential.pk).update(sealed=sealed)
    row.created_at = timezone.now()
    _wrap(row, raw)
    row.save(update_fields=["wrapped", "kek", "created_at"])
    return 1


def _accounts(keys: QuerySet[DataKey]) -> list[str]:
    with tenancy.all_accounts(reason="a key of the installation wraps every account's"):
        return list(keys.order_by("account_id").values_list("account_id", flat=True))


def _masters() -> list[sealing.Key]:
    return [sealing.derived(master, PURPOSE) for master in settings.CREDENTIAL_KEYS]


def _name(key: sealing.Key) -> str:
    return key.name.hex()


def _data_key() -> DataKey:
    """The active account's data key, made where there is none, and locked until the transaction ends."""
    account = tenancy.active_account_id()
    found = DataKey.objects.select_for_update(no_key=True)
    row = found.filter(account_id=account).first()
    if row is None:
        fresh = DataKey(account_id=account)
        _wrap(fresh, os.urandom(sealing.KEY))
        DataKey.objects.bulk_create([fresh], ignore_conflicts=True)  # another request may have made it just now
        row = found.get(account_id=account)
    return row


def _wrap(row: DataKey, raw: bytes) -> None:
    first = _masters()[0]
    row.wrapped, row.kek = sealing.seal(raw, bound_to=row.account_id.encode(), key=first), _name(first)


def _with_wrapped() -> QuerySet[Credential]:
    """Credentials, each with its account's wrapped data key, read at one moment."""
    wrapped = DataKey.objects.filter(account_id=OuterRef("account_id")).values("wrapped")
    return Credential.objects.annotate(wrapped=Subquery(wrapped))


def _opened(wrapped: Any, account: str) -> sealing.Key:
    """A data key out of its wrapping; Unavailable or Damaged."""
    try:
        return sealing.key_of(sealing.unseal(bytes(wrapped or b""), bound_to=account.encode(), keys=_masters()))
    except sealing.UnknownKey:
        logger.error("the data key of %s is wrapped by a key that is not among CREDENTIAL_KEYS", account)
        raise Unavailable("Credentials are sealed with a key that this installation does not have now.") from None
    except sealing.Damaged:
        logger.error("the data key of %s was changed or moved", account)
        raise Damaged("Decryption failed: the key of this account's credentials was changed or moved.") from None


def _sealed(row: Credential, values: dict[str, str], key: sealing.Key) -> bytes:
    place = credentials.bound_to(row.account_id, row.key, row.kind, row.hosts)
    return sealing.seal(json.dumps(values).encode(), bound_to=place, key=key)


def _unsealed(row: Credential, wrapped: Any) -> dict[str, str]:
    """What a credential holds; Unavailable or Damaged, which show nothing of it."""
    return _opened_by(_opened(wrapped, row.account_id), row)


def _opened_by(key: sealing.Key, row: Credential) -> dict[str, str]:
    place = credentials.bound_to(row.account_id, row.key, row.kind, row.hosts)
    try:
        found: dict[str, str] = json.loads(sealing.unseal(bytes(row.sealed), bound_to=place, keys=[key]))
    except (sealing.UnknownKey, sealing.Damaged):
        logger.error("credential %s: what it holds was changed or moved", row.pk)
        raise Damaged("Decryption failed: this credential was changed or moved outside the API.") from None
    return found
