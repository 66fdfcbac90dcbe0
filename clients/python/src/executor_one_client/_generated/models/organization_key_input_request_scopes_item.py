from typing import Literal

OrganizationKeyInputRequestScopesItem = Literal[
    "*",
    "account.edit",
    "account.view",
    "activity.edit",
    "activity.view",
    "audit.edit",
    "audit.view",
    "billing.edit",
    "billing.view",
    "credentials.edit",
    "credentials.read",
    "credentials.view",
    "egress.edit",
    "execute.run",
    "files.view",
    "goals.run",
    "goals.view",
    "keys.edit",
    "keys.view",
    "learning.edit",
    "learning.view",
    "members.edit",
    "members.view",
    "memory.edit",
    "memory.secrets",
    "memory.view",
    "state.view",
    "usage.view",
    "webhooks.edit",
    "webhooks.view",
]

ORGANIZATION_KEY_INPUT_REQUEST_SCOPES_ITEM_VALUES: set[
    OrganizationKeyInputRequestScopesItem
] = {
    "*",
    "account.edit",
    "account.view",
    "activity.edit",
    "activity.view",
    "audit.edit",
    "audit.view",
    "billing.edit",
    "billing.view",
    "credentials.edit",
    "credentials.read",
    "credentials.view",
    "egress.edit",
    "execute.run",
    "files.view",
    "goals.run",
    "goals.view",
    "keys.edit",
    "keys.view",
    "learning.edit",
    "learning.view",
    "members.edit",
    "members.view",
    "memory.edit",
    "memory.secrets",
    "memory.view",
    "state.view",
    "usage.view",
    "webhooks.edit",
    "webhooks.view",
}


def check_organization_key_input_request_scopes_item(
    value: str,
) -> OrganizationKeyInputRequestScopesItem:
    if value in ORGANIZATION_KEY_INPUT_REQUEST_SCOPES_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ORGANIZATION_KEY_INPUT_REQUEST_SCOPES_ITEM_VALUES!r}"
    )
