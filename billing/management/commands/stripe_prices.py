from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.models import Plan
from billing.stripe_client import is_configured, read_prices
from executor_one.kit import money
from executor_one.kit.errors import DomainError


class Command(BaseCommand):
    help = "Give each plan the active monthly price at Stripe whose lookup key is the plan's code (free, pro, ...)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_configured():
            raise CommandError("STRIPE_SECRET_KEY is not set.")
        try:
            priced = read_prices()
        except DomainError as error:
            raise CommandError(error.message) from error
        for plan in priced:
            self.stdout.write(f"{plan.pk}: {money.said(plan.price_cents or 0, plan.currency)} a month")
        sold = Plan.objects.filter(is_public=True, rank__gt=0, stripe_price="").values_list("pk", flat=True)
        for code in sold:
            self.stdout.write(f"{code}: no price at Stripe has this lookup key, so it cannot be bought.")
