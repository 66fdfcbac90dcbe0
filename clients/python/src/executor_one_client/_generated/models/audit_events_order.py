from typing import Literal

AuditEventsOrder = Literal["asc", "desc"]

AUDIT_EVENTS_ORDER_VALUES: set[AuditEventsOrder] = {
    "asc",
    "desc",
}


def check_audit_events_order(value: str) -> AuditEventsOrder:
    if value in AUDIT_EVENTS_ORDER_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {AUDIT_EVENTS_ORDER_VALUES!r}"
    )
