"""Forms of the pages of memory; what they let through is what the API lets through."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from rest_framework.exceptions import ValidationError as NotKept

from executor_one.kit.rendering import read_value
from memory import values
from memory.limits import MAX_KEY, MAX_QUESTION, MAX_TAG, MAX_TAGS, MAX_TTL, wrong_key, wrong_tag
from memory.queries import MAX_OFFSET, Wanted

PAGE = 20
JSON_BEGINS = ("{", "[", '"')
LIVES = {"": "never", "3600": "after an hour", "86400": "after a day", "604800": "after a week",
         "2592000": "after 30 days", "7776000": "after 90 days"}  # fmt: skip
KEEP = "keep"


def read_json(text: str) -> str:
    """What a person typed, as compact JSON: plain words are kept as a text. ValidationError says what is wrong."""
    text = text.strip().replace("\r\n", "\n")  # as browsers send the ends of lines
    try:
        kept = values.encode(read_value(text))
    except NotKept as error:
        raise forms.ValidationError(str(next(iter(cast(dict[str, list[Any]], error.detail).values()))[0])) from error
    except (ValueError, RecursionError) as error:
        if text.startswith(JSON_BEGINS):
            raise forms.ValidationError(f"This begins like JSON and is none: {error}") from error
        kept = values.encode(text)
    if values.size(kept) > values.MAX_BYTES:
        raise forms.ValidationError(f"This has {values.size(kept):,} bytes; {values.MAX_BYTES:,} are allowed.")
    return kept


def read_tags(text: str) -> list[str]:
    """`infra, web` as tags, each once."""
    found = list(dict.fromkeys(tag for tag in (one.strip() for one in text.split(",")) if tag))
    if len(found) > MAX_TAGS:
        raise forms.ValidationError(f"These are more than {MAX_TAGS} tags.")
    for tag in found:
        if len(tag) > MAX_TAG:
            raise forms.ValidationError(f"A tag has at most {MAX_TAG} characters: {tag[:20]}...")
        if wrong := wrong_tag(tag):
            raise forms.ValidationError(wrong)
    return found


class Recall(forms.Form):
    """The recall box and its filters, as they stand in the address."""

    q = forms.CharField(required=False, max_length=MAX_QUESTION, strip=True)
    tags = forms.CharField(required=False, max_length=MAX_TAGS * (MAX_TAG + 1))
    importance = forms.FloatField(required=False, min_value=0, max_value=1)
    crystallized = forms.BooleanField(required=False)
    offset = forms.IntegerField(required=False, min_value=0, max_value=MAX_OFFSET)

    def clean_tags(self) -> list[str]:
        return read_tags(self.cleaned_data["tags"])

    def wanted(self) -> tuple[str, Wanted]:
        """The question and its conditions; what makes no sense in an address counts as not said."""
        self.is_valid()
        said = {name: value for name, value in self.cleaned_data.items() if name not in self.errors}
        question = said.get("q") or ""
        return question, Wanted(
            prefix=question,
            tags=tuple(said.get("tags") or ()),
            crystallized_only=said.get("crystallized") or False,
            min_importance=said.get("importance") or 0.0,
            limit=PAGE,
            offset=said.get("offset") or 0,
        )


class Key(forms.Form):
    """The key in an address or a form, exactly as it is."""

    key = forms.CharField(max_length=MAX_KEY, strip=False)


class Change(forms.Form):
    """What can be changed of a memory."""

    value = forms.CharField(
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "textarea w-full font-mono", "spellcheck": "false"}),
        help_text="JSON, at most 64 KiB. Plain words are kept as text.",
    )  # fmt: skip
    tags = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"class": "input w-full", "autocomplete": "off"}),
        help_text="Separated by commas. The tag <code class='mono'>secrets</code> encrypts the value and hides it.",
    )  # fmt: skip
    importance = forms.FloatField(
        min_value=0, max_value=1, initial=0.5,
        widget=forms.NumberInput(attrs={"class": "input w-full", "step": "any"}),
        help_text="From 0 to 1. Important memories come first, the longer untouched the later.",
    )  # fmt: skip
    ttl = forms.ChoiceField(
        required=False, choices=[*LIVES.items()], label="Expires",
        widget=forms.Select(attrs={"class": "select w-full"}),
    )  # fmt: skip

    def clean_value(self) -> str:
        return read_json(self.cleaned_data["value"])

    def clean_tags(self) -> list[str]:
        return read_tags(self.cleaned_data["tags"])

    def clean_ttl(self) -> int | None:
        chosen = self.cleaned_data["ttl"]
        return min(int(chosen), MAX_TTL) if chosen and chosen != KEEP else None


class NewMemory(Change):
    """A new memory."""

    key = forms.CharField(
        max_length=MAX_KEY, strip=False,
        widget=forms.TextInput(attrs={"class": "input w-full font-mono", "autocomplete": "off", "autofocus": True}),
        help_text="A name to find it by; slashes sort what belongs together: "
        "<code class='mono'>deploys/site/last</code>.",
    )  # fmt: skip
    dedupe = forms.BooleanField(
        required=False, label="Store nothing when another memory says the same",
        widget=forms.CheckboxInput(attrs={"class": "checkbox checkbox-sm"}),
    )  # fmt: skip
    field_order = ["key", "value", "tags", "importance", "ttl", "dedupe"]

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if wrong := wrong_key(key):
            raise forms.ValidationError(wrong)
        return key


class Edit(Change):
    """An existing memory: only what was changed is written, so that nothing else is touched."""

    key = forms.CharField(max_length=MAX_KEY, strip=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, shows_value: bool, crystallized: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not shows_value:
            self.fields["value"].required = False
            self.fields["value"].help_text = "The value is hidden. Leave this empty to keep it, or write a new one."
        if crystallized:
            del self.fields["ttl"]
        else:
            cast(forms.ChoiceField, self.fields["ttl"]).choices = [(KEEP, "as it is now"), *LIVES.items()]

    def clean_value(self) -> str:
        text: str = self.cleaned_data["value"]
        return read_json(text) if text.strip() or self.fields["value"].required else ""

    def changes(self, shown: str | None) -> dict[str, Any]:
        """What differs from how the memory was shown; `shown` is the JSON text of its value, None when hidden."""
        said = self.cleaned_data
        found: dict[str, Any] = {name: said[name] for name in ("tags", "importance") if name in self.changed_data}
        value = said["value"]
        if value and (shown is None or value != values.encode(values.decode(shown))):
            found["value"] = value
        if "ttl" in self.fields and said.get("ttl", KEEP) != KEEP and self.data.get("ttl") != KEEP:
            found["ttl"] = said["ttl"]
        return found
