from typing import Literal

AuditHeadsChain = Literal["account", "installation"]

AUDIT_HEADS_CHAIN_VALUES: set[AuditHeadsChain] = {
    "account",
    "installation",
}


def check_audit_heads_chain(value: str) -> AuditHeadsChain:
    if value in AUDIT_HEADS_CHAIN_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {AUDIT_HEADS_CHAIN_VALUES!r}"
    )
