from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webhooks.actions import reseal


class Command(BaseCommand):
    help = "Seal the secrets of webhooks with the first of CREDENTIAL_KEYS; after that the other keys can go."

    def handle(self, *args: Any, **options: Any) -> None:
        changed, broken = reseal()
        self.stdout.write(f"{changed} sealed anew.")
        if broken:
            raise CommandError(f"No key opens {len(broken)}: {', '.join(broken)}. Keep every key you have.")
