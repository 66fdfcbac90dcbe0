from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.actions import reseal_factors
from memory.actions import reseal


class Command(BaseCommand):
    help = "Seal secrets and second factors with the first of MEMORY_KEYS; after that the other keys can go."

    def handle(self, *args: Any, **options: Any) -> None:
        changed, broken = reseal(settings.MEMORY_KEYS)
        more, unreadable = reseal_factors(settings.MEMORY_KEYS)
        changed, broken = changed + more, [*broken, *(f"second factor {pk}" for pk in unreadable)]
        self.stdout.write(f"{changed} sealed anew.")
        if broken:
            raise CommandError(f"No key opens {len(broken)}: {', '.join(map(str, broken))}. Keep every key you have.")
