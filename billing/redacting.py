"""What of an event of Stripe is not kept: whoever knows it could pay, confirm or read in a customer's name. Pure.

Stripe says of a client secret that it is not to be stored, logged or shown to anybody but the customer, and an address
that opens an invoice, a receipt or a checkout without a sign-in is as good as one.
"""

from __future__ import annotations

import re
from typing import Any

REDACTED = "[not kept]"
# By the names of fields: what is secret, and every address (hosted_invoice_url, image_url_png, native_url, stripe_js).
SECRET = re.compile(r"(?:.+_)?secret|ephemeral_key|cvc|invoice_pdf|stripe_js|data_uri|(?:.+_)?ur[li](?:_.+)?|hosted_.+")
# The same in the midst of a text, like an address to go on at: pi_1_secret_2, seti_1_secret_2, src_client_secret_2.
IN_A_TEXT = re.compile(r"\b[A-Za-z0-9_]{1,255}_secret_[A-Za-z0-9_]{1,255}|\b(?:sk|rk|whsec|ek)_[A-Za-z0-9_]{8,255}")


def redacted(told: Any, name: str = "") -> Any:
    """The same without what is not kept; what is empty stays as it is."""
    if told and SECRET.fullmatch(name):
        return REDACTED
    if isinstance(told, dict):
        return {key: redacted(value, key) for key, value in told.items()}
    if isinstance(told, list):
        return [redacted(value) for value in told]
    return IN_A_TEXT.sub(REDACTED, told) if isinstance(told, str) else told
