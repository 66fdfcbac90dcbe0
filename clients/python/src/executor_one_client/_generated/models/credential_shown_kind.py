from typing import Literal

CredentialShownKind = Literal[
    "basic", "bearer", "database", "env", "header", "registry"
]

CREDENTIAL_SHOWN_KIND_VALUES: set[CredentialShownKind] = {
    "basic",
    "bearer",
    "database",
    "env",
    "header",
    "registry",
}


def check_credential_shown_kind(value: str) -> CredentialShownKind:
    if value in CREDENTIAL_SHOWN_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CREDENTIAL_SHOWN_KIND_VALUES!r}"
    )
