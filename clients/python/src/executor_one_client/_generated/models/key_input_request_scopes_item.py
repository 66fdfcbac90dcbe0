from typing import Literal

KeyInputRequestScopesItem = Literal[
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

KEY_INPUT_REQUEST_SCOPES_ITEM_VALUES: set[KeyInputRequestScopesItem] = {
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


def check_key_input_request_scopes_item(value: str) -> KeyInputRequestScopesItem:
    if value in KEY_INPUT_REQUEST_SCOPES_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {KEY_INPUT_REQUEST_SCOPES_ITEM_VALUES!r}"
    )
