"""API keys, at two addresses: `/api/auth/keys` (seed 000) and those of an organization (seed 002, O1-O9)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import keys, request_log, roles
from accounts.api import serializers as shapes
from accounts.models import SEES_ADDRESSES, ApiKey, ApiRequest
from executor_one.kit.api import PAGING, ApiView, Caller
from executor_one.kit.errors import NotFound
from executor_one.kit.pagination import Page
from executor_one.kit.serializers import NUL

LAST_KEY = "That was the account's last key; sign in to make a new one."
DEFAULT_GRACE = 24  # hours
MISSING = "There is no key with this id."


class KeyList(ApiView):
    """API keys."""

    permissions = {"GET": "keys.view", "POST": "keys.edit"}
    refusals = {"POST": (422,)}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(
        operation_id="auth_keys_list",
        responses=shapes.KeySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The live keys of the account, masked (E9). From where one was last used is for owners and admins."""
        return self.page(ApiKey.objects.live(), shapes.KeySerializer, prepare=partial(hide_addresses, self.caller))

    @extend_schema(operation_id="auth_keys_create", request=shapes.KeyInput, responses={201: shapes.KeyCreated})
    def post(self, request: Request) -> Response:
        """Make a key; its secret is shown this once (E8). 402 at the plan's ceiling."""
        caller: Any = self.caller
        form = self.read(shapes.KeyInput, request)
        wanted = {"role": caller.role, "scopes": roles.implied(caller.scopes), **form}
        key, raw = keys.create_key(**wanted, by=caller, plan=caller.plan)
        return Response({**shapes.KeySerializer(key).data, "apiKey": raw}, status=201)


def key_or_404(key_id: str) -> ApiKey:
    """A key of the active account; a foreign id answers like one that never was."""
    key: ApiKey | None = None if NUL in key_id else ApiKey.objects.filter(pk=key_id, deleted_at=None).first()
    if key is None:
        raise NotFound(MISSING)
    return key


def hide_addresses(caller: Caller, found: list[Any], field: str = "last_ip") -> None:
    """From where something was asked is for owners and admins."""
    if not caller.may(SEES_ADDRESSES):
        for one in found:
            setattr(one, field, None)


class KeyRotation(ApiView):
    """Rotating a key."""

    permissions = {"POST": "keys.edit"}

    @extend_schema(operation_id="auth_keys_rotate", request=shapes.RotateInput, responses={201: shapes.KeyCreated})
    def post(self, request: Request, key_id: str) -> Response:
        """Make a key in the place of another, which goes on for `graceHours` (24 when not said) or ends now (0).

        Name, role, scopes and expiry are the old one's. The new secret is shown this once. 409 for a key that was
        rotated, revoked or has expired.
        """
        caller: Any = self.caller
        key = key_or_404(key_id)
        hours = self.read(shapes.RotateInput, request)["grace_hours"]
        fresh, raw = keys.rotate_key(key, grace=timedelta(hours=hours), by=caller, plan=caller.plan)
        return Response({**shapes.KeySerializer(fresh).data, "apiKey": raw}, status=201)


class KeyDetail(ApiView):
    """One API key."""

    permissions = {"DELETE": "keys.edit"}

    @extend_schema(operation_id="auth_keys_revoke", responses={204: None})
    def delete(self, request: Request, key_id: str) -> Response:
        """Revoke a key at once (E10); again is 204 too. The key that asks may revoke itself; the last one warns."""
        keys.revoke_key(key_or_404(key_id), by=self.caller)
        last = not ApiKey.objects.live().exists()
        return Response(status=204, headers={"X-Warning": LAST_KEY} if last else None)


class OrganizationView(ApiView):
    """Keys of an organization. One that is not the caller's is 404, as one that never was."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.auth is not None and kwargs["org_id"] != self.caller.account_id:
            raise NotFound("There is no organization with this id.")

    def detail(self, key: ApiKey, **more: Any) -> dict[str, Any]:
        """A key as its organization sees it, masked."""
        hide_addresses(self.caller, [key])
        return {**shapes.OrganizationKey(key).data, **more}


class OrganizationKeys(OrganizationView):
    """The API keys of an organization."""

    permissions = {"GET": "keys.view", "POST": "keys.edit"}
    refusals = {"POST": (422,)}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(operation_id="organization_keys_list", responses=shapes.OrganizationKey(many=True))
    def get(self, request: Request, org_id: str) -> Response:
        """The keys of the organization, masked; revoked and expired ones too, deleted ones not (O1)."""
        found = ApiKey.objects.filter(deleted_at=None)
        return self.page(found, shapes.OrganizationKey, prepare=partial(hide_addresses, self.caller))

    @extend_schema(
        operation_id="organization_keys_create",
        request=shapes.OrganizationKeyInput,
        responses={201: shapes.OrganizationKeyCreated},
    )
    def post(self, request: Request, org_id: str) -> Response:
        """Make a key; its secret is shown this once (O2). 402 at the plan's ceiling, 403 for scopes you do not have."""
        caller: Any = self.caller
        form = self.read(shapes.OrganizationKeyInput, request)
        wanted = {"role": caller.role, "scopes": roles.implied(caller.scopes), **form}
        key, raw = keys.create_key(**wanted, by=caller, plan=caller.plan)
        return Response(self.detail(key, apiKey=raw), status=201)


class OrganizationKeyDetail(OrganizationView):
    """One API key of an organization."""

    permissions = {"GET": "keys.view", "PATCH": "keys.edit", "DELETE": "keys.edit"}

    @extend_schema(operation_id="organization_keys_retrieve", responses=shapes.OrganizationKey)
    def get(self, request: Request, org_id: str, key_id: str) -> Response:
        """A key with its scopes, when it was last used, until when it works (O3)."""
        return Response(self.detail(key_or_404(key_id)))

    @extend_schema(
        operation_id="organization_keys_update", request=shapes.OrganizationKeyChange, responses=shapes.OrganizationKey
    )
    def patch(self, request: Request, org_id: str, key_id: str) -> Response:
        """Give a key another name, description or scopes, or pause it: `isActive` (O4). 409 for a revoked one."""
        form = self.read(shapes.OrganizationKeyChange, request)
        return Response(
            self.detail(keys.update_key(key_or_404(key_id), by=self.caller, active=form.pop("is_active", None), **form))
        )

    @extend_schema(operation_id="organization_keys_delete", responses={200: shapes.OrganizationKeyDeleted})
    def delete(self, request: Request, org_id: str, key_id: str) -> Response:
        """Delete a key: it is refused from the next request on, and shown to nobody any more (O5)."""
        key = key_or_404(key_id)
        keys.delete_key(key, by=self.caller)
        return Response({"id": key.pk, "deleted": True})


class OrganizationKeyRevocation(OrganizationView):
    """Revoking a key of an organization."""

    permissions = {"POST": "keys.edit"}

    @extend_schema(operation_id="organization_keys_revoke", request=None, responses=shapes.OrganizationKey)
    def post(self, request: Request, org_id: str, key_id: str) -> Response:
        """Revoke a key: its next request is refused, its sockets and streams close (O6). Again changes nothing."""
        keys.revoke_key(key_or_404(key_id), by=self.caller)
        return Response(self.detail(key_or_404(key_id)))


class OrganizationKeyRotation(OrganizationView):
    """Rotating a key of an organization."""

    permissions = {"POST": "keys.edit"}

    @extend_schema(
        operation_id="organization_keys_rotate", request=shapes.RotateInput, responses=shapes.OrganizationKeyCreated
    )
    def post(self, request: Request, org_id: str, key_id: str) -> Response:
        """Make a key in the place of another, which works for `graceHours` more, 24 when not said (O7).

        The new one has an id of its own, and the name, description, role, scopes and expiry of the old one. Its secret
        is shown this once. 409 for a key that is paused, or was rotated or revoked, or has expired.
        """
        hours = self.read(shapes.RotateInput, request)["grace_hours"] if request._request.body else DEFAULT_GRACE
        return self.rotated(key_id, timedelta(hours=hours))

    def rotated(self, key_id: str, grace: timedelta) -> Response:
        """The answer with the new key."""
        caller: Any = self.caller
        fresh, raw = keys.rotate_key(key_or_404(key_id), grace=grace, by=caller, plan=caller.plan)
        return Response(self.detail(fresh, apiKey=raw, replaces=key_id))


class OrganizationKeyRoll(OrganizationKeyRotation):
    """Rolling a key of an organization."""

    permissions = {"POST": "keys.edit"}

    @extend_schema(operation_id="organization_keys_roll", request=None, responses=shapes.OrganizationKeyCreated)
    def post(self, request: Request, org_id: str, key_id: str) -> Response:
        """Make a key in the place of another, which ends now (O8). Its secret is shown this once."""
        return self.rotated(key_id, timedelta(0))


class OrganizationKeyUsage(OrganizationView):
    """What an API key of an organization was used for."""

    permissions = {"GET": "keys.view"}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(operation_id="organization_keys_usage", responses=shapes.ApiRequestSerializer(many=True))
    def get(self, request: Request, org_id: str, key_id: str) -> Response:
        """The requests of a key, the newest first: when, what, how it ended, from where, and its receipt (O9).

        Of the last seven days, and of the account's newest 100,000. Other web processes write theirs within two
        seconds. From where they came is for owners and admins.
        """
        key = key_or_404(key_id)
        request_log.write()
        made = ApiRequest.objects.filter(actor=f"key:{key.pk}")
        return self.page(made, shapes.ApiRequestSerializer, prepare=partial(hide_addresses, self.caller, field="ip"))
