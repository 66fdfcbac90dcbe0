"""Shapes of sign-up, sign-in, accounts and keys."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts import roles
from accounts.models import Account, ApiKey, ApiRequest, Invitation, Membership, Role, User
from executor_one.kit.serializers import NUL, Flag, Instant, ModelSerializer, Serializer, Text, Whole

MAX_PASSWORD = 1024


class Email(serializers.EmailField):
    """An e-mail address, in lower case; at most 254 characters."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or NUL in data:
            raise serializers.ValidationError("This is not an e-mail address.")
        return super().to_internal_value(data).lower()


class Password(Text):
    """A password as typed: never trimmed, at most 1,024 characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_PASSWORD, trim_whitespace=False, **kwargs)


class RegisterInput(Serializer):
    """What POST /auth/register takes."""

    email = Email(max_length=254)
    password = Password(help_text="10 characters at least; not common, not only digits, not like the address.")
    name = Text(max_length=100, required=False, allow_blank=True)


class LoginInput(Serializer):
    """What POST /auth/login takes."""

    email = Email(max_length=254)
    password = Password()
    code = Text(
        max_length=40, required=False, allow_blank=True,
        help_text="Of people with a second factor: the six digits of their app, or a recovery code. Each works once.",
    )  # fmt: skip


class TokenInput(Serializer):
    """A token out of a mail."""

    token = Text(max_length=200)


class ForgotInput(Serializer):
    """Whose password is to be reset."""

    email = Email(max_length=254)


class ResetInput(Serializer):
    """A mailed token and the new password."""

    token = Text(max_length=200)
    password = Password()


class AccountBrief(Serializer):
    """An account in the answers of sign-up and sign-in."""

    id = serializers.CharField()
    email = serializers.EmailField()
    name = serializers.CharField()
    plan = serializers.CharField()


class Registered(Serializer):
    """The account and its first key; the key is shown this once."""

    account = AccountBrief()
    api_key = serializers.CharField(help_text="exo_...; stored as a digest, so it cannot be shown again.")


class LoggedIn(Serializer):
    """The account, its masked keys, and a session token usable as a bearer for 12 hours."""

    account = AccountBrief()
    api_keys = serializers.ListField(child=serializers.CharField(), help_text="Masked: exo_ab12cd34…")
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class Verified(Serializer):
    """The address is verified."""

    verified = serializers.BooleanField()


class Me(ModelSerializer):
    """The person who is signed in."""

    verified = serializers.BooleanField(source="is_verified")

    class Meta:
        model = User
        fields = ["id", "email", "name", "verified"]


class Identity(Serializer):
    """Who calls."""

    user = Me(allow_null=True, help_text="Null for an API key.")
    account_id = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    permissions = serializers.ListField(child=serializers.CharField())


class AccountSerializer(Serializer):
    """The account, its plan and the plan's limits; null is unlimited (E6)."""

    id = serializers.CharField()
    email = serializers.EmailField()
    name = serializers.CharField()
    plan = serializers.CharField()
    verified = serializers.BooleanField()
    limits = serializers.DictField()
    created_at = serializers.DateTimeField()


class KeyInput(Serializer):
    """What POST /auth/keys takes; everything is optional."""

    name = Text(max_length=100, required=False, default="API key")
    role = serializers.ChoiceField(Role.choices, required=False, help_text="At most your own; yours when not said.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField([roles.EVERYTHING, *sorted(roles.ALL_PERMISSIONS)]),
        required=False, min_length=1, max_length=50,
        help_text="Narrows what the role may; all of it when not said, but for credentials.read, which must be named.",
    )  # fmt: skip
    expires_at = Instant(required=False, allow_null=True, default=None)


class KeySerializer(ModelSerializer):
    """A key, masked."""

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "role",
            "scopes",
            "created_at",
            "last_used_at",
            "last_ip",
            "requests",
            "expires_at",
        ]


class KeyCreated(KeySerializer):
    """A new key with its secret, shown this once."""

    api_key = serializers.CharField(help_text="exo_...")

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "api_key"]


class RotateInput(Serializer):
    """How long the old key goes on."""

    grace_hours = Whole(
        min_value=0, max_value=168, required=False, default=24, help_text="0: the old key ends now. At most 168."
    )


class OrganizationKeyInput(KeyInput):
    """What POST /organizations/{orgId}/api-keys takes; only a name is needed."""

    name = Text(max_length=100)
    description = Text(max_length=500, required=False, allow_blank=True)


class OrganizationKeyChange(Serializer):
    """What can be changed of a key; what is not given stays."""

    name = Text(max_length=100, required=False)
    description = Text(max_length=500, required=False, allow_blank=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField([roles.EVERYTHING, *sorted(roles.ALL_PERMISSIONS)]),
        required=False, min_length=1, max_length=50, help_text="Each of them one that you have.",
    )  # fmt: skip
    is_active = Flag(required=False, help_text="false: refused from the next request on, until it is true again.")


class OrganizationKey(ModelSerializer):
    """A key of an organization, masked."""

    is_active = serializers.SerializerMethodField(help_text="Whether a request with it is let in.")
    grace_until = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Of a rotated one: until when it still works; null for others."
    )

    class Meta:
        model = ApiKey
        fields = [
            "id", "name", "description", "prefix", "role", "scopes", "is_active", "created_at", "last_used_at",
            "last_ip", "requests", "expires_at", "grace_until", "paused_at", "revoked_at",
        ]  # fmt: skip

    def get_is_active(self, key: ApiKey) -> bool:
        """Neither paused, revoked nor expired."""
        return key.opens(timezone.now())


class OrganizationKeyCreated(OrganizationKey):
    """A new key with its secret, shown this once."""

    api_key = serializers.CharField(help_text="exo_...")
    replaces = serializers.CharField(required=False, help_text="The id of the key in whose place it is.")

    class Meta(OrganizationKey.Meta):
        fields = [*OrganizationKey.Meta.fields, "api_key", "replaces"]


class OrganizationKeyDeleted(Serializer):
    """A key that is deleted."""

    id = serializers.CharField()
    deleted = serializers.BooleanField()


class ApiRequestSerializer(ModelSerializer):
    """One request of a key."""

    class Meta:
        model = ApiRequest
        fields = ["at", "method", "path", "status", "duration_ms", "ip", "receipt", "replay_of"]


class AccountInput(Serializer):
    """What can be changed of an account."""

    name = Text(max_length=100)


class MemberSerializer(ModelSerializer):
    """A person of the account."""

    id = serializers.UUIDField(source="user_id", help_text="The person's.")
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")

    class Meta:
        model = Membership
        fields = ["id", "email", "name", "role", "created_at"]


class RoleInput(Serializer):
    """The role that a member shall have."""

    role = serializers.ChoiceField(Role.choices, help_text="At most your own.")


class InvitationInput(Serializer):
    """Who is to join, and with which role."""

    email = Email(max_length=254)
    role = serializers.ChoiceField(Role.choices, required=False, default=Role.DEVELOPER, help_text="At most your own.")


class InvitationSerializer(ModelSerializer):
    """An invitation that waits for an answer."""

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "created_at", "expires_at"]


class Joined(Serializer):
    """The account that was joined, and the role there."""

    account_id = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)


def brief(account: Account, plan: str) -> dict[str, str]:
    """An account in the answers of sign-up and sign-in."""
    return {"id": account.pk, "email": account.email, "name": account.name, "plan": plan}
