from typing import Literal

CredentialKind = Literal["basic", "bearer", "database", "env", "header", "registry"]

CREDENTIAL_KIND_VALUES: set[CredentialKind] = {
    "basic",
    "bearer",
    "database",
    "env",
    "header",
    "registry",
}


def check_credential_kind(value: str) -> CredentialKind:
    if value in CREDENTIAL_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CREDENTIAL_KIND_VALUES!r}"
    )
