"""The form that teaches a correction; what it lets through is what POST /api/corrections lets through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from memory import fixes
from memory.teaching import ACTUATORS, signature_of

Said = dict[str, Any]
WIDE = "input w-full font-mono"
BOX = {"class": "textarea w-full font-mono", "rows": 3, "spellcheck": "false"}


def unix(text: str) -> str:
    """Line ends as a shell wants them; browsers send CR LF."""
    return text.replace("\r\n", "\n")


def variables(text: str) -> dict[str, str]:
    """Lines `NAME=value` as variables."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): value for name, _, value in pairs}


# What a person chooses: (its words, the fields that it needs, the fix that they make).
KINDS: dict[str, tuple[str, tuple[str, ...], Callable[[Said], Said]]] = {
    "run-before": (
        "Run something first", ("command",), lambda said: {"kind": "run-before", "command": said["command"]},
    ),
    "program": (
        "Use another program", ("program", "replacement"),
        lambda said: {"kind": "replace-command", "program": said["program"], "replacement": said["replacement"]},
    ),
    "pattern": (
        "Change a part of the command", ("pattern", "replacement"),
        lambda said: {"kind": "replace-command", "pattern": said["pattern"], "replacement": said["replacement"]},
    ),
    "instead": (
        "Run another command", ("command",), lambda said: {"kind": "replace-command", "command": said["command"]},
    ),
    "environment": (
        "Set variables", ("variables",),
        lambda said: {"kind": "environment", "set": variables(said["variables"])},
    ),
    "wait": ("Wait and try again", ("seconds",), lambda said: {"kind": "wait", "seconds": said["seconds"]}),
}  # fmt: skip
MAY_BE_EMPTY = {"replacement"}  # to take something away
# A field of a fix (memory.fixes.check) -> the field of the form that it came from.
CAME_FROM = {"set": "variables", "kind": "kind", "fix": "kind"}


class Teach(forms.Form):
    """What failed, and what to do about it."""

    output = forms.CharField(
        max_length=65_536, label="What it printed",
        widget=forms.Textarea(attrs={**BOX, "rows": 4, "placeholder": "gadget: unit 7 is not charged"}),
        help_text="The error as it was printed. Paths, numbers and names in it may differ the next time.",
    )  # fmt: skip
    exit_code = forms.IntegerField(
        required=False, min_value=-255, max_value=255, label="Exit code",
        widget=forms.NumberInput(attrs={"class": "input w-full"}), help_text="Empty: however it ends.",
    )  # fmt: skip
    actuator = forms.ChoiceField(
        choices=[(name, name) for name in ACTUATORS], initial="shell", label="Ran by",
        widget=forms.Select(attrs={"class": "select w-full"}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        choices=[(name, words) for name, (words, _, _) in KINDS.items()], initial="run-before", label="What to do",
        widget=forms.RadioSelect(attrs={"class": "radio radio-sm"}),
    )  # fmt: skip
    command = forms.CharField(
        required=False, label="Command", widget=forms.Textarea(attrs=BOX),
        help_text="It may use what the error named: <code class='mono'>$path</code>, <code class='mono'>$name</code>, "
        "<code class='mono'>$host</code>. They are taken from the failure at hand, checked and quoted.",
    )  # fmt: skip
    program = forms.CharField(
        required=False, label="Program", widget=forms.TextInput(attrs={"class": WIDE, "placeholder": "python"})
    )
    pattern = forms.CharField(
        required=False, strip=False, label="What to look for",
        widget=forms.TextInput(attrs={"class": WIDE, "placeholder": r"--jobs=\d+"}),
        help_text="A regular expression of at most 500 characters.",
    )  # fmt: skip
    replacement = forms.CharField(
        required=False, strip=False, label="In its place", widget=forms.TextInput(attrs={"class": WIDE})
    )
    variables = forms.CharField(
        required=False, strip=False, label="Variables",
        widget=forms.Textarea(attrs={**BOX, "placeholder": "NAME=value"}),
        help_text="One a line. What looks like a secret is shown to those only who may see secrets.",
    )  # fmt: skip
    seconds = forms.FloatField(
        required=False, label="Seconds", widget=forms.NumberInput(attrs={"class": "input w-full", "step": "any"}),
        help_text="At most 300.",
    )  # fmt: skip
    reason = forms.CharField(
        required=False, max_length=300, label="Why it helps",
        widget=forms.TextInput(attrs={"class": "input w-full", "placeholder": "Charge it first"}),
        help_text="For people; it stands beside every try that this heals.",
    )  # fmt: skip

    def clean_output(self) -> str:
        return unix(self.cleaned_data["output"])

    def clean_command(self) -> str:
        return unix(self.cleaned_data["command"])

    def clean(self) -> Said:
        said: Said = super().clean() or {}
        if "kind" not in said:
            return said
        _, names, make = KINDS[said["kind"]]
        for name in names:
            if said.get(name) in (None, "") and name not in MAY_BE_EMPTY and name not in self.errors:
                self.add_error(name, "This is needed.")
        if self.errors:
            return said
        fix = make(said)
        for name, texts in fixes.check(fix).items():
            field = CAME_FROM.get(name, name)
            for text in texts:
                self.add_error(field if field in self.fields else None, text)
        return said | {"fix": fix}

    def taught(self) -> Said:
        """What memory.learned.teach takes, without who says it."""
        said = self.cleaned_data
        seen = {name: said[name] for name in ("actuator", "exit_code", "output")}
        return {"signature": signature_of(**seen), "fix": said["fix"], "reason": said["reason"]}
