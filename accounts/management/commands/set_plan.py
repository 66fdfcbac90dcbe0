from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import memberships_of
from accounts.models import Role, User
from billing.actions import set_plan
from billing.models import Plan
from executor_one.kit import tenancy


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
        for membership in memberships_of(user):
            if membership.role == Role.OWNER:
                with tenancy.account_scope(membership.account_id):
                    set_plan(membership.account, plan, actor="operator")
                self.stdout.write(f"{membership.account_id} is on {plan}.")
