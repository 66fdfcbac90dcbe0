"""How many sockets and streams there may be: of an account, of this process, of one address before it says who it is.

Taken from threads and from the event loop alike. What other processes hold is known where there is a channel layer
(realtime.neighbours); without one each process counts its own.
"""

from __future__ import annotations

import threading
from collections import Counter

from django.conf import settings

from executor_one.kit.errors import TooSoon, Unavailable

RETRY_SECONDS = 5


class Seat:
    """One connection's place; give it back once or more."""

    def __init__(self, seats: Seats, account_id: str) -> None:
        self._seats, self._account_id = seats, account_id
        self._taken = True

    def give_back(self) -> None:
        with self._seats.lock:
            if self._taken:
                self._taken = False
                self._seats.drop(self._seats.of_accounts, self._account_id)


class Seats:
    """What is taken in this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.of_accounts: Counter[str] = Counter()
        self.unproven: Counter[str] = Counter()
        self.elsewhere: Counter[str] = Counter()

    def take(self, account_id: str) -> Seat:
        """A seat of the account, or TooSoon (429), or Unavailable (503) when this process has none left."""
        with self.lock:
            self._refuse_when_full()
            if self.of_accounts[account_id] + self.elsewhere[account_id] >= settings.REALTIME_PER_ACCOUNT:
                raise TooSoon(
                    f"Your account has {settings.REALTIME_PER_ACCOUNT} sockets and event streams open already. "
                    "Close one first.",
                    retry_after=RETRY_SECONDS,
                )
            self.of_accounts[account_id] += 1
        return Seat(self, account_id)

    def enter(self, address: str) -> None:
        """A socket of this address that has not said who it is, or TooSoon, or Unavailable."""
        with self.lock:
            self._refuse_when_full()
            if self.unproven[address] >= settings.REALTIME_UNPROVEN:
                raise TooSoon("Too many sockets of your address have not said who they are.", retry_after=RETRY_SECONDS)
            self.unproven[address] += 1

    def prove(self, address: str) -> None:
        """It has said who it is, or is gone."""
        with self.lock:
            self.drop(self.unproven, address)

    def drop(self, counter: Counter[str], name: str) -> None:
        """One less; nothing is kept of who has none."""
        counter[name] -= 1
        if counter[name] <= 0:
            del counter[name]

    def _refuse_when_full(self) -> None:
        if self.of_accounts.total() + self.unproven.total() >= settings.REALTIME_PER_PROCESS:
            raise Unavailable("This server holds as many sockets and streams as it can. Try again in a moment.")


seats = Seats()
