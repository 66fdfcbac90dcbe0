from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from memory.actions import reseal


class Command(BaseCommand):
    help = "Seal every memory tagged `secrets` with the first of MEMORY_KEYS; after that the other keys can go."

    def handle(self, *args: Any, **options: Any) -> None:
        changed, broken = reseal(settings.MEMORY_KEYS)
        self.stdout.write(f"{changed} sealed anew.")
        if broken:
            raise CommandError(f"No key opens {len(broken)}: {', '.join(map(str, broken))}. Keep every key you have.")
