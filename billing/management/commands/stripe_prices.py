from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.models import Package, Plan
from billing.stripe_client import is_configured, read_prices
from executor_one.kit import money
from executor_one.kit.errors import DomainError


class Command(BaseCommand):
    help = "Give each plan and package the active price at Stripe whose lookup key is its code (pro, calls-100, ...)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_configured():
            raise CommandError("STRIPE_SECRET_KEY is not set.")
        try:
            priced = read_prices()
        except DomainError as error:
            raise CommandError(error.message) from error
        for row in priced:
            once = f"once, for {row.llm_calls} model calls" if isinstance(row, Package) else "a month"
            self.stdout.write(f"{row.pk}: {money.said(row.price_cents or 0, row.currency)} {once}")
        sold = [
            *Plan.objects.filter(is_public=True, rank__gt=0, stripe_price="").values_list("pk", flat=True),
            *Package.objects.filter(is_public=True, stripe_price="").values_list("pk", flat=True),
        ]
        for code in sold:
            self.stdout.write(f"{code}: no price at Stripe has this lookup key, so it cannot be bought.")
