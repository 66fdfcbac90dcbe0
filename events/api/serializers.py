"""Shapes of the audit log. Hashes, signatures and public keys are hexadecimal text."""

from __future__ import annotations

from rest_framework import serializers

from executor_one.kit.serializers import Serializer

ZEROS = "64 zeros for the first one, null where that event is missing."


class AuditEvent(Serializer):
    """One event and its place in the chain."""

    id = serializers.CharField(help_text="As in /api/events.")
    seq = serializers.IntegerField(min_value=1, help_text="Its number in the chain, from 1, without a gap.")
    account = serializers.CharField(allow_null=True, help_text="null: of the installation's chain.")
    type = serializers.CharField(help_text="docs/reference/events.md has them all.")
    actor = serializers.CharField(help_text="user:<id>, key:<id>, staff:<id>, executor, ...")
    receipt = serializers.CharField(help_text="Of the request or job that did it.")
    created_at = serializers.CharField(help_text="UTC, always with six digits of the second.")
    data = serializers.DictField(help_text="As the catalogue of events says.")  # type: ignore[assignment]
    hash = serializers.CharField(min_length=64, max_length=64, help_text="SHA-256; docs/explanation/audit.md.")
    prev_hash = serializers.CharField(allow_null=True, help_text=f"That of the event before; {ZEROS}")


class Position(Serializer):
    """Where the next page begins."""

    limit = serializers.IntegerField(min_value=1)
    next = serializers.IntegerField(
        allow_null=True,
        help_text="The next page is asked for with before= this; where order=asc, with after= it. null: there is none.",
    )


class AuditEvents(Serializer):
    """A page of events."""

    data = AuditEvent(many=True)  # type: ignore[assignment]
    meta = Position()


class SignedHead(Serializer):
    """The end of a chain as it was when it was signed."""

    account = serializers.CharField(allow_null=True)
    seq = serializers.IntegerField(min_value=1, help_text="Of the event that was the last one.")
    hash = serializers.CharField(help_text="Of that event.")
    previous = serializers.IntegerField(min_value=0, help_text="The seq of the head before; 0 for the first one.")
    signed_at = serializers.CharField(help_text="UTC, always with six digits of the second.")
    key = serializers.CharField(help_text="The id of the key, as at /api/v1/audit/keys.")
    signature = serializers.CharField(help_text="Ed25519, of what docs/explanation/audit.md says.")


class SignedHeads(Serializer):
    """A page of heads."""

    data = SignedHead(many=True)  # type: ignore[assignment]
    meta = Position()


class AuditKey(Serializer):
    """A public key that heads are signed with."""

    id = serializers.CharField()
    algorithm = serializers.ChoiceField(["Ed25519"])
    public_key = serializers.CharField(help_text="32 bytes.")
    signs = serializers.BooleanField(help_text="Whether it is the one that signs now.")


class AuditKeys(Serializer):
    """The public keys, the one that signs first."""

    data = AuditKey(many=True)  # type: ignore[assignment]
