"""Shapes of audit streams (A14). A secret is taken and never shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from executor_one.kit.serializers import Flag, ModelSerializer, Serializer, Text, Whole
from webhooks.choosing import MOST_TYPES
from webhooks.models import LONGEST_HOST, LONGEST_NAME, LONGEST_TYPE, LONGEST_URL, AuditStream
from webhooks.streams.actions import NOW, STARTS

LONGEST_SECRET = 2000
URL = "Of splunk_hec (without a path: /services/collector/event) and http_json: https, and a port that can be reached."
FORMAT = "Of http_json: array, one JSON array a request; ndjson, an event a line."
HOST = "Of syslog: a name or an address."
PORT = "Of syslog: one that this installation may dial (OUTBOUND_PORTS)."
PROTOCOL = "Of syslog: tls, or tcp into networks of the operator's alone."
SECRET = "Of splunk_hec the token, of http_json the whole value of the header Authorization. Never shown again."  # noqa: S105
TYPES = f'Types of events such as goal.completed, families such as goal.*, or "*" for all; at most {MOST_TYPES}.'
START = "now: with what happens from now on; beginning: with the account's first event."


class Target(Serializer):
    """What says where a stream leads. Each kind has its own fields; another kind's are 400."""

    url = Text(max_length=LONGEST_URL, required=False, help_text=URL)
    format = serializers.ChoiceField(AuditStream.Format.choices, required=False, help_text=FORMAT)
    host = Text(max_length=LONGEST_HOST, required=False, help_text=HOST)
    port = Whole(min_value=1, max_value=65535, required=False, help_text=PORT)
    protocol = serializers.ChoiceField(AuditStream.Protocol.choices, required=False, help_text=PROTOCOL)
    secret = Text(
        max_length=LONGEST_SECRET, required=False, allow_blank=True, write_only=True, trim_whitespace=False,
        help_text=SECRET,
    )  # fmt: skip


class StreamInput(Target):
    """What POST /audit/streams takes."""

    name = Text(max_length=LONGEST_NAME)
    kind = serializers.ChoiceField(AuditStream.Kind.choices)
    types = serializers.ListField(
        child=Text(max_length=LONGEST_TYPE), max_length=MOST_TYPES, required=False, default=lambda: ["*"],
        help_text=TYPES,
    )  # fmt: skip
    start = serializers.ChoiceField(STARTS, required=False, default=NOW, help_text=START)


class StreamChange(Target):
    """What PATCH /audit/streams/{id} takes: any of these."""

    name = Text(max_length=LONGEST_NAME, required=False)
    types = serializers.ListField(
        child=Text(max_length=LONGEST_TYPE), max_length=MOST_TYPES, required=False, help_text=TYPES
    )
    is_active = Flag(required=False, help_text="false: nothing is sent; true: it goes on where it was.")


class StreamSerializer(ModelSerializer):
    """An audit stream and how it stands. `newest` in the context is the seq of the account's last event."""

    has_secret = serializers.SerializerMethodField(help_text="Whether one is kept.")
    state = serializers.SerializerMethodField(help_text="ok, failing (it is tried again and again) or paused.")
    behind = serializers.SerializerMethodField(
        help_text="How many events stand behind the cursor; some of them may be left out by `types`."
    )

    class Meta:
        model = AuditStream
        fields = [
            "id", "name", "kind", "url", "format", "host", "port", "protocol", "has_secret", "types", "is_active",
            "state", "cursor", "behind", "sent", "last_sent_at", "failing_since", "last_error", "last_status",
            "created_by", "created_at", "updated_at",
        ]  # fmt: skip

    def get_has_secret(self, row: AuditStream) -> bool:
        return bool(row.sealed)

    def get_state(self, row: AuditStream) -> str:
        if not row.is_active:
            return "paused"
        return "failing" if row.failing_since else "ok"

    def get_behind(self, row: AuditStream) -> int:
        newest: Any = self.context["newest"]
        return max(0, int(newest) - row.cursor)
