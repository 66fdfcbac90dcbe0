"""Whose turn it is to send, so that nobody waits for a stranger's receiver. Plain values, of one courier.

All that a receiver can do to others is to hold a slot as long as a try lasts, and any may, whatever it did before. So
nobody's past is asked: the more slots are taken, the fewer one account may have, and where half of them are it is one.
So who has nothing on its way finds room, in whatever order others come, while fewer accounts than half of the slots
have something on theirs; and it has the first turn.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from heapq import nsmallest

A_TURN = 4  # tries of one account that begin in one claim
TOGETHER = 16  # accounts in one claim
OWN_FILES = 100  # of the process: connections of the database, logs
FILES_A_TRY = 2  # a socket, and another one while a name is looked up


@dataclass(frozen=True)
class Turn:
    """What an account may begin now: `room` tries, `more` of them to where one runs already or the last one was bad."""

    account: str
    room: int
    more: int


class Turns:
    """Which accounts have something to send, and how much each may have on its way.

    `slots`: tries at a time of all together; an account's share is that, divided by how many are taken. Half of the
    share is kept for what is quick and has nothing on its way, so that the account does not wait for itself.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.running: Counter[str] = Counter()
        self._ready: dict[str, None] = {}  # in the order in which they came

    def ready(self, accounts: Iterable[str]) -> None:
        """These may have something that is due."""
        self._ready.update(dict.fromkeys(accounts))

    def take(self) -> list[Turn]:
        """Whose turn it is: who has least on its way, then who waits longest. Empty: nobody's, or there is no room.

        Who has its share is forgotten; the end of one of its tries makes it ready again.
        """
        taken = self.running.total()
        share, found = self._share(taken), []
        if share:
            self._ready = {account: None for account in self._ready if self.running[account] < share}
        most = min(A_TURN, max(1, share // max(1, len(self._ready))))  # one after the other, where many are ready
        for account in nsmallest(TOGETHER, self._ready, key=self.running.__getitem__):
            running, share = self.running[account], self._share(taken)
            if running >= share:
                break
            room = min(most, share - running)
            found.append(Turn(account, room, min(room, max(0, max(1, share // 2) - running))))
            taken += room
            del self._ready[account]
        return found

    def begun(self, turns: Collection[Turn], accounts: Iterable[str]) -> None:
        """Tries of these accounts began on these turns. Who used all its room may have more, and comes again."""
        count = Counter(accounts)
        self.running += count
        self.ready(turn.account for turn in turns if count[turn.account] >= turn.room)

    def end(self, account: str) -> None:
        """One of its tries is over: there is room, and more may be due."""
        self.running[account] -= 1
        self.running += Counter()  # drops who has none
        self.ready([account])

    def _share(self, taken: int) -> int:
        return self.slots // (taken + 1)


def slots_of(*wanted: int) -> list[int]:
    """So many slots of each kind, or fewer of all where the process may not open the files that they need."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return list(wanted)
    fitting = max(0, hard - OWN_FILES) / (FILES_A_TRY * sum(wanted))
    return [max(1, int(each * min(1.0, fitting))) for each in wanted]
