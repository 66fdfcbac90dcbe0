from functools import partial
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.chain import Fault
from events.verifying import accounts, verify

INSTALLATION = "installation"


class Command(BaseCommand):
    help = "Hold the event log against its hashes and its signed heads; what was tampered with is named, and exit is 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", metavar="acc_...", help="Of one account; `installation` for what is nobody's.")

    def handle(self, *args: Any, **options: Any) -> None:
        began, events, chosen = monotonic(), 0, options["account"]
        self.faults = 0
        for account in [None if chosen == INSTALLATION else chosen] if chosen else accounts():
            events += verify(account, partial(self.tell, account or INSTALLATION))
        seconds = monotonic() - began
        self.stdout.write(f"{events} events in {seconds:.1f} s ({events / max(seconds, 0.001):.0f}/s).")
        if self.faults:
            raise CommandError(f"{self.faults} faults.")
        self.stdout.write("Every event is as it was told.")

    def tell(self, whose: str, fault: Fault) -> None:
        self.faults += 1
        self.stderr.write(f"{whose}: event {fault.seq}: {fault.what}")
