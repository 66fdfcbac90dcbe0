"""The vault (O38-O41): credentials are put in, listed without what they hold, and shown to few, each time on record."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import credentials, vault
from accounts.models import Credential, CredentialKind
from executor_one.kit.api import PAGING, ApiView
from executor_one.kit.pagination import Page
from executor_one.kit.serializers import ModelSerializer, Serializer, Text


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]})
class Value(serializers.JSONField):
    """A text, or an object of texts; accounts.credentials says what fits a kind. No error repeats it."""


class CredentialInput(Serializer):
    """What POST /credentials takes."""

    key = Text(max_length=credentials.LONGEST_KEY, help_text="A-Z, a-z, 0-9, dot, underscore, dash; slashes between.")
    value = Value(
        help_text="At most 64 KiB. bearer: the token, a text. Of other kinds an object: basic, database and registry "
        "{username, password}, header {name, value}, env {NAME: value, ...}."
    )
    kind = serializers.ChoiceField(CredentialKind.choices, required=False, default=CredentialKind.BEARER)
    hosts = serializers.ListField(
        child=Text(max_length=credentials.LONGEST_HOST), required=False, default=list,
        max_length=credentials.MOST_HOSTS,
        help_text="Where it may be sent: api.example.com, *.example.com for all below it, an IP address. Without any "
        "it goes nowhere. Not for kind env: what is given to a command goes wherever the command sends it.",
    )  # fmt: skip
    description = Text(max_length=credentials.LONGEST_DESCRIPTION, required=False, allow_blank=True, default="")


class CredentialSerializer(ModelSerializer):
    """A credential without what it holds."""

    class Meta:
        model = Credential
        fields = [
            "key", "kind", "hosts", "description", "created_at", "updated_at", "created_by", "last_used_at",
            "times_used",
        ]  # fmt: skip


class CredentialShown(CredentialSerializer):
    """A credential with what it holds."""

    value = Value(help_text="As it was put in.")

    class Meta(CredentialSerializer.Meta):
        fields = [*CredentialSerializer.Meta.fields, "value"]


class CredentialList(ApiView):
    """Credentials of the account."""

    permissions = {"GET": "credentials.view", "POST": "credentials.edit"}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(operation_id="credentials_list", responses=CredentialSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The account's credentials by key; what they hold is never listed (O38)."""
        return self.page(vault.listed(), CredentialSerializer)

    @extend_schema(
        operation_id="credentials_put",
        request=CredentialInput,
        responses={201: CredentialSerializer, 200: CredentialSerializer},
    )
    def post(self, request: Request) -> Response:
        """Put a credential in, 201; or replace the one with this key, 200. For admins and owners (O39).

        Kind, hosts and description are replaced too: what is not said is as if it never was. What a credential holds
        is encrypted, bound to its account, key, kind and hosts, and in no answer but that of GET /credentials/{key}.
        """
        form = self.read(CredentialInput, request)
        row, is_new = vault.put(
            form["key"], form["kind"], form["value"], form["hosts"], form["description"], actor=self.caller.actor
        )
        return Response(CredentialSerializer(row).data, status=201 if is_new else 200)


class CredentialDeleted(Serializer):
    """What there is no more."""

    key = serializers.CharField()
    deleted = serializers.BooleanField(help_text="Always true.")


class CredentialDetail(ApiView):
    """One credential."""

    permissions = {"GET": "credentials.read", "DELETE": "credentials.edit"}

    @extend_schema(operation_id="credentials_read", responses=CredentialShown)
    def get(self, request: Request, credential_key: str) -> Response:
        """A credential with what it holds; each time is an event, `credential.read` (O40).

        For admins and owners. A key needs the scope credentials.read by name besides: `*` does not include it. 429
        after 60 a minute; 500 where what is stored was changed or moved; 503 where the key that wraps it is missing.
        """
        row, values = vault.reveal(credential_key, actor=self.caller.actor)
        body: dict[str, Any] = {**CredentialSerializer(row).data, "value": credentials.shown(row.kind, values)}
        return Response(body, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="credentials_delete", responses={200: CredentialDeleted})
    def delete(self, request: Request, credential_key: str) -> Response:
        """Delete a credential; what names it fails from now on. For admins and owners (O41)."""
        vault.delete(credential_key, actor=self.caller.actor)
        return Response({"key": credential_key, "deleted": True})
