from typing import Literal

AuditKeyAlgorithm = Literal["Ed25519"]

AUDIT_KEY_ALGORITHM_VALUES: set[AuditKeyAlgorithm] = {
    "Ed25519",
}


def check_audit_key_algorithm(value: str) -> AuditKeyAlgorithm:
    if value in AUDIT_KEY_ALGORITHM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {AUDIT_KEY_ALGORITHM_VALUES!r}"
    )
