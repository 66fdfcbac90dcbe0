from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import vault


def moment(text: str) -> datetime:
    """A time with its offset."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("say the offset too")
    return found


class Command(BaseCommand):
    help = "Wrap the keys of credentials with the first of CREDENTIAL_KEYS; after that the other ones can go."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--data-keys", action="store_true", help="Make new keys for credentials too, and seal everything anew."
        )
        parser.add_argument(
            "--before", type=moment, metavar="TIME",
            help="With --data-keys: only those made before, like 2026-11-29T12:00:00Z. Goes on after an interruption.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        changed, broken = vault.rewrap()
        self.stdout.write(f"{changed} wrapped anew.")
        if options["data_keys"]:
            before = options["before"] or timezone.now()
            self.stdout.write(f"If this is interrupted, go on with --before {before.isoformat()}")
            renewed, unreadable = vault.renew(before)
            self.stdout.write(f"{renewed} made anew.")
            broken = sorted({*broken, *unreadable})
        if broken:
            raise CommandError(f"No key opens {len(broken)}: {', '.join(broken)}. Keep every key you have.")
