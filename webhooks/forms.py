"""What people type on the page of webhooks. The rules are in actions.py."""

from __future__ import annotations

from django import forms

from accounts.forms import GRACES, Styled
from webhooks.models import LONGEST_DESCRIPTION, LONGEST_URL

LONGEST_TYPES = 2000


class WebhookForm(Styled):
    """A new webhook."""

    url = forms.CharField(
        max_length=LONGEST_URL, label="Address", help_text="Where events are sent to, with https.",
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/executor", "spellcheck": "false"}),
    )  # fmt: skip
    types = forms.CharField(
        max_length=LONGEST_TYPES, label="Events", initial="goal.*",
        help_text='Types with commas between: <span class="mono">goal.*, task.failed</span>, or '
        '<span class="mono">*</span> for all.',
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )  # fmt: skip
    description = forms.CharField(max_length=LONGEST_DESCRIPTION, required=False, label="Description")

    def clean_types(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["types"].split(",") if name.strip()]


class RotateForm(Styled):
    """What becomes of the old secret."""

    grace = forms.ChoiceField(choices=GRACES, label="The old secret")
