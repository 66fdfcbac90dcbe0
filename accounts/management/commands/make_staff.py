from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from executor_one.kit.staff import ROLES


class Command(BaseCommand):
    help = "Make somebody who has signed up a member of the staff, with a role in /admin; `none` takes it back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=[*ROLES, "none"], help="support reads, operator acts, owner edits")

    def handle(self, *args: Any, email: str, role: str, **options: Any) -> None:
        is_staff = role != "none"
        found = User.objects.filter(email=email.lower())
        if not found.update(is_staff=is_staff, staff_role=role if is_staff else "", is_superuser=False):
            raise CommandError(f"Nobody has signed up as {email}.")
        self.stdout.write(f"{email} is {role} of the staff." if is_staff else f"{email} is no staff any more.")
