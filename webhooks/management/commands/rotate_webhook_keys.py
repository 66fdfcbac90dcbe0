from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webhooks.actions import reseal


class Command(BaseCommand):
    help = "Seal webhooks' and audit streams' secrets with the first of CREDENTIAL_KEYS; the other keys can go then."

    def handle(self, *args: Any, **options: Any) -> None:
        changed, broken = reseal()
        self.stdout.write(f"{changed} sealed anew.")
        if broken:
            raise CommandError(f"No key opens {len(broken)}: {', '.join(broken)}. Keep every key you have.")
