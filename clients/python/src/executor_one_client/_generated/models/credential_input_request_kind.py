from typing import Literal

CredentialInputRequestKind = Literal[
    "basic", "bearer", "database", "env", "header", "registry"
]

CREDENTIAL_INPUT_REQUEST_KIND_VALUES: set[CredentialInputRequestKind] = {
    "basic",
    "bearer",
    "database",
    "env",
    "header",
    "registry",
}


def check_credential_input_request_kind(value: str) -> CredentialInputRequestKind:
    if value in CREDENTIAL_INPUT_REQUEST_KIND_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CREDENTIAL_INPUT_REQUEST_KIND_VALUES!r}"
    )
