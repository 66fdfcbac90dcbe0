from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import memberships_of
from accounts.models import Account, Role, User
from billing.actions import give_plan
from billing.models import Plan
from executor_one.kit import tenancy
from executor_one.kit.errors import Conflict


class Command(BaseCommand):
    help = "Put the accounts that a user owns on a plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("plan", help="free, pro, enterprise, ecosystem, or one that staff added")

    def handle(self, *args: Any, email: str, plan: str, **options: Any) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"There is no user with the address {email}.")
        if not Plan.objects.filter(pk=plan).exists():
            known = ", ".join(Plan.objects.values_list("pk", flat=True))
            raise CommandError(f"There is no plan {plan}; there are {known}.")
        owned = [one.account_id for one in memberships_of(user) if one.role == Role.OWNER]
        if not owned:
            raise CommandError(f"{email} owns no account.")
        for account_id in owned:
            try:
                with tenancy.account_scope(account_id):
                    give_plan(Account.objects.get(pk=account_id), plan, actor="operator")
            except Conflict as refused:
                raise CommandError(f"{account_id}: {refused.message}") from refused
            self.stdout.write(f"{account_id} is on {plan}.")
