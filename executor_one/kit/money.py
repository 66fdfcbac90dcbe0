"""Amounts of money as words."""

# Currencies without cents (docs.stripe.com/currencies#zero-decimal): their smallest unit is the unit itself.
WHOLE = frozenset(("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xpf"))


def said(amount: int, currency: str) -> str:
    """`2900, "usd"` -> "29.00 USD"; `amount` in the currency's smallest unit."""
    unit = currency.upper()
    return f"{amount:,} {unit}" if currency.lower() in WHOLE else f"{amount / 100:,.2f} {unit}"
