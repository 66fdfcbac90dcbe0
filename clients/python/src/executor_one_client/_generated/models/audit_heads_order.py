from typing import Literal

AuditHeadsOrder = Literal["asc", "desc"]

AUDIT_HEADS_ORDER_VALUES: set[AuditHeadsOrder] = {
    "asc",
    "desc",
}


def check_audit_heads_order(value: str) -> AuditHeadsOrder:
    if value in AUDIT_HEADS_ORDER_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {AUDIT_HEADS_ORDER_VALUES!r}"
    )
