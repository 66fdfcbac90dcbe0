from typing import Literal

OrganizationKeyChangeRequestScopesItem = Literal[
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

ORGANIZATION_KEY_CHANGE_REQUEST_SCOPES_ITEM_VALUES: set[
    OrganizationKeyChangeRequestScopesItem
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


def check_organization_key_change_request_scopes_item(
    value: str,
) -> OrganizationKeyChangeRequestScopesItem:
    if value in ORGANIZATION_KEY_CHANGE_REQUEST_SCOPES_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ORGANIZATION_KEY_CHANGE_REQUEST_SCOPES_ITEM_VALUES!r}"
    )
