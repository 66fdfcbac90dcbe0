"""A Stripe of our own, for tests and for clicking through a purchase locally: `python -m tests.stripe_fake`.

The real `stripe` client talks to it over a real socket. It contacts nobody but the webhook address that it is given.
"""

from tests.stripe_fake.control import FakeStripe
from tests.stripe_fake.deliveries import Delivery

__all__ = ["Delivery", "FakeStripe"]
