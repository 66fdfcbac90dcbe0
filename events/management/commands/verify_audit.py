from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.verifying import Verification, accounts

INSTALLATION = "installation"


class Command(BaseCommand):
    help = "Hold the event log against its hashes and its signed heads; what was tampered with is named, and exit is 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", metavar="acc_...", help="Of one account; `installation` for what is nobody's.")

    def handle(self, *args: Any, **options: Any) -> None:
        began, events, faults = monotonic(), 0, 0
        chosen = options["account"]
        for account in [None if chosen == INSTALLATION else chosen] if chosen else accounts():
            chain = Verification(account)
            for fault in chain:
                faults += 1
                self.stderr.write(f"{account or INSTALLATION}: event {fault.seq}: {fault.what}")
            events += chain.count
        seconds = monotonic() - began
        self.stdout.write(f"{events} events in {seconds:.1f} s ({events / max(seconds, 0.001):.0f}/s).")
        if faults:
            raise CommandError(f"{faults} faults.")
        self.stdout.write("Every event is as it was told.")
