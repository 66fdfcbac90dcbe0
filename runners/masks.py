"""What a try's outputs are rid of: the secrets of its own lease, and all others that its account's vault holds.

A command may leave a secret in a file, as git and npm do, and a later task that names no credential tells what is in
it. So a runner knows the values of the whole account, for its scrubbers alone: no actuator, no sandbox is given them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from actuators.scrubber import Scrubber
from goals.claims import Lease

KEPT = 50_000  # forms of values that are kept, of all accounts together: some 30 MiB of memory

NOTHING = Scrubber(())

Load = Callable[[str], Awaitable[tuple[str, list[str]]]]
"""From an account to (stamp, values): accounts.vault.hidden_of."""


@dataclass(frozen=True)
class Mask:
    """An account's scrubber, and what it hides as of when."""

    stamp: str
    values: frozenset[str] = field(repr=False)
    scrubber: Scrubber = field(repr=False)


class Masks:
    """The scrubbers of one runner, each of one account and kept until anything in that account's vault changes."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._kept: OrderedDict[str, Mask] = OrderedDict()  # the last used at the end
        self._forms = 0  # of all that are kept
        self._loading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, lease: Lease, own: Collection[str]) -> Scrubber:
        """What hides ``own`` and all that the account's vault held when the task was claimed, or holds since."""
        if not lease.vault and not own:
            return NOTHING
        mask = await self._mask(lease.account_id, lease.vault)
        if mask.values.issuperset(own):
            return mask.scrubber
        return await asyncio.to_thread(Scrubber, mask.values.union(own))  # the vault has changed since the claim

    async def _mask(self, account: str, stamp: str) -> Mask:
        async with self._loading.setdefault(account, asyncio.Lock()):  # many tries begin at once
            mask = self._kept.get(account)
            if mask is None or mask.stamp != stamp:
                mask = await self._loaded(account)
                self._keep(account, mask)
            else:
                self._kept.move_to_end(account)
            return mask

    async def _loaded(self, account: str) -> Mask:
        stamp, values = await self._load(account)
        return Mask(stamp, frozenset(values), await asyncio.to_thread(Scrubber, values))

    def _keep(self, account: str, mask: Mask) -> None:
        """In place of those that were not used for longest, where all together are too many; the last one stays."""
        if old := self._kept.pop(account, None):
            self._forms -= old.scrubber.forms
        self._kept[account] = mask
        self._forms += mask.scrubber.forms
        while self._forms > KEPT and len(self._kept) > 1:
            self._forms -= self._kept.popitem(last=False)[1].scrubber.forms
