from typing import Literal

AuditEventsChain = Literal["account", "installation"]

AUDIT_EVENTS_CHAIN_VALUES: set[AuditEventsChain] = {
    "account",
    "installation",
}


def check_audit_events_chain(value: str) -> AuditEventsChain:
    if value in AUDIT_EVENTS_CHAIN_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {AUDIT_EVENTS_CHAIN_VALUES!r}"
    )
