"""What people type on the pages. The rules are in actions.py; a form only says what is missing or unreadable."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms

from accounts import actions, credentials, roles
from accounts.models import CredentialKind, Role, Theme, Times
from executor_one.kit.errors import DomainError, TooSoon

MAX_PASSWORD = 1024
CLASSES: dict[Any, str] = {
    forms.CheckboxInput: "checkbox",
    forms.Select: "select w-full",
    forms.CheckboxSelectMultiple: "checkbox",
}
TYPED_AS_IT_IS = {"spellcheck": "false", "class": "textarea w-full font-mono"}
EXPIRIES = [("", "Never"), ("7", "In 7 days"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")]
GRACES = [("24", "24 hours more"), ("1", "1 hour more"), ("168", "7 days more"),
          ("0", "Ends now")]  # fmt: skip


class TooSoonToTry(forms.ValidationError):
    """Asked too often, as a form says it; the page that shows it says `retry_after` to programs too."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(error.message)
        self.retry_after = error.retry_after


def say_wait(response: Any, form: Any) -> Any:
    """The page of a form that was refused because of too many tries gets the status and the header for that."""
    found = [one for errors in form.errors.as_data().values() for one in errors if isinstance(one, TooSoonToTry)]
    if found:
        response.status_code = TooSoon.status
        response["Retry-After"] = str(found[0].retry_after)
    return response


class Styled(forms.Form):
    """The look of fields, and words that screen readers find: a field with an error points to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", CLASSES.get(type(field.widget), "input w-full"))
            field.label_suffix = ""

    def refuse(self, error: DomainError, field: str | None = None) -> None:
        """Say what a rule has said: beside the fields it names, else beside `field` or above all of them."""
        named = {name: texts for name, texts in (error.errors or {}).items() if name in self.fields}
        for name, texts in named.items():
            for text in texts:
                self.add_error(name, text)
        if not named:
            self.add_error(field, error.message)


class Email(forms.EmailField):
    """An e-mail address, in lower case."""

    def __init__(self, label: str = "E-mail address", autocomplete: str = "email", **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, max_length=254, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        return super().clean(value).lower()


class Password(forms.CharField):
    """A password as typed."""

    def __init__(self, label: str = "Password", autocomplete: str = "current-password", **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, max_length=MAX_PASSWORD, strip=False, widget=widget, **kwargs)


def new_password() -> Password:
    return Password("New password", "new-password", help_text="10 characters at least, not a common one.")


class SignUpForm(Styled):
    """Who wants an account."""

    email = Email()
    password = Password(autocomplete="new-password", help_text="10 characters at least, not a common one.")
    name = forms.CharField(
        label="Name (optional)", max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class SignInForm(Styled):
    """Who comes back."""

    email = Email(autocomplete="username webauthn")
    password = Password()


class AskResetForm(Styled):
    """Whose password is to be reset."""

    email = Email()


class NewPasswordForm(Styled):
    """A new password by a mailed link."""

    password = new_password()


class ChangePasswordForm(Styled):
    """A new password of somebody who knows the old one."""

    current = Password("Current password")
    password = new_password()


class ChangeEmailForm(Styled):
    """A new address; it counts once its link was followed."""

    email = Email("New e-mail address")
    current = Password("Current password")


class ProfileForm(Styled):
    """A person's name and how the dashboard looks to them."""

    name = forms.CharField(
        max_length=100, required=False, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    theme = forms.ChoiceField(choices=Theme.choices, label="Theme")
    times = forms.ChoiceField(
        choices=Times.choices, label="Times", required=False,
        help_text="On hover, the exact time in UTC is always there. Downloads and the API say UTC.",
    )  # fmt: skip

    def clean_times(self) -> str:
        return str(self.cleaned_data["times"] or Times.LOCAL)


class TimesForm(forms.Form):
    """The switch beside the navigation."""

    times = forms.ChoiceField(choices=Times.choices)


class AccountForm(Styled):
    """The account's name."""

    name = forms.CharField(max_length=100, label="Account name")


class EgressForm(Styled):
    """What the account's commands may reach. What is a host is said by accounts.egress."""

    hosts = forms.CharField(
        required=False, label="Hosts that commands may reach",
        help_text="One a line: example.com, or *.example.com for all below it. None: commands have no network.",
        widget=forms.Textarea(attrs={"rows": 3, **TYPED_AS_IT_IS}),
    )  # fmt: skip

    def clean_hosts(self) -> list[str]:
        return str(self.cleaned_data["hosts"]).replace(",", " ").split()


class KeyForm(Styled):
    """A new key: at most as mighty as its maker."""

    name = forms.CharField(max_length=100, label="Name", help_text="Where it will be used: CI, laptop, the shop.")
    role = forms.ChoiceField(label="Role", help_text="Take the least that does the job.")
    expires = forms.ChoiceField(choices=EXPIRIES, required=False, label="Expires")
    scopes = forms.MultipleChoiceField(
        required=False, label="Only these permissions",
        help_text="None ticked: all that the role may, but for credentials.read.",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = _up_to(role)  # type: ignore[attr-defined]
        self.fields["scopes"].choices = [(one, one) for one in sorted(roles.PERMISSIONS[role])]  # type: ignore[attr-defined]


class RotateForm(Styled):
    """What becomes of the old key."""

    grace = forms.ChoiceField(choices=GRACES, label="The old key")


class RoleForm(Styled):
    """A member's role, at most the caller's own."""

    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = _up_to(role)  # type: ignore[attr-defined]


class InviteForm(RoleForm):
    """Who is asked to join."""

    email = Email(autocomplete="off")
    field_order = ["email", "role"]


class Unshown(forms.Textarea):
    """What is typed here is in no page that comes back, also not after an error."""

    def format_value(self, value: Any) -> None:
        return None


class CredentialForm(Styled):
    """What is put into the vault. What fits a kind is said by the vault itself."""

    key = forms.CharField(
        max_length=credentials.LONGEST_KEY, label="Key", help_text="How tasks name it, like shop/stripe."
    )
    kind = forms.ChoiceField(choices=CredentialKind.choices, label="Kind")
    name = forms.CharField(
        max_length=1000, required=False, label="User name, or name of the header",
        help_text="Leave it empty for a bearer token and for variables.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    value = forms.CharField(
        label="Secret", strip=False,
        help_text="The token, the password or the header's value; variables as NAME=value, one a line.",
        widget=Unshown(attrs={"rows": 3, "autocomplete": "off", **TYPED_AS_IT_IS}),
    )  # fmt: skip
    hosts = forms.CharField(
        required=False, label="Hosts that it may go to",
        help_text="One a line: api.example.com, or *.example.com for all below it. None for variables.",
        widget=forms.Textarea(attrs={"rows": 2, **TYPED_AS_IT_IS}),
    )  # fmt: skip
    description = forms.CharField(
        max_length=credentials.LONGEST_DESCRIPTION, required=False, label="Description (optional)"
    )

    def clean_hosts(self) -> list[str]:
        return str(self.cleaned_data["hosts"]).replace(",", " ").split()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("kind") == credentials.ENV and any("=" not in line for line in self._lines()):
            self.add_error("value", "Write each variable as NAME=value, on a line of its own.")
        return given

    def values(self) -> dict[str, str]:
        """The secret as its kind is put in."""
        given, text = self.cleaned_data, str(self.cleaned_data["value"]).rstrip("\r\n")
        if given["kind"] == credentials.ENV:
            return {name.strip(): value for name, _, value in (line.partition("=") for line in self._lines())}
        fields = credentials.FIELDS[given["kind"]]
        return dict(zip(fields, [text.strip()] if len(fields) == 1 else [given["name"], text], strict=True))

    def _lines(self) -> list[str]:
        return [line for line in str(self.cleaned_data.get("value", "")).splitlines() if line.strip()]


def _up_to(role: str) -> list[tuple[str, str]]:
    return [(value, label) for value, label in Role.choices if roles.rank(value) <= roles.rank(role)]


class CodeForm(Styled, AuthenticateForm):  # type: ignore[misc]
    """A one-time or recovery code at sign-in, counted as the API counts it."""

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        try:
            self.authenticator = actions.use_code(self.user, code)
        except TooSoon as error:
            raise TooSoonToTry(error) from error
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        return code


class CodeAgainForm(CodeForm, CodeReauthenticateForm):  # type: ignore[misc]
    """The same of somebody who is signed in and is about to change how they sign in."""

    save = CodeReauthenticateForm.save


class PasswordAgainForm(Styled, ReauthenticateForm):  # type: ignore[misc]
    """The password of somebody who is signed in."""

    password = Password()


class ActivateAppForm(Styled, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an authenticator app."""


NOT_A_PASSKEY = "This passkey was not accepted. Try again."


class AddPasskeyForm(Styled, AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label = "Sign in with it alone"
        alone.help_text = "No password is asked for then; your device asks for your fingerprint, your face or a PIN."

    def clean(self) -> Any:
        try:
            return super().clean()
        except (ValueError, TypeError, KeyError) as error:  # of the parser: what was sent is no answer of a browser
            raise forms.ValidationError(NOT_A_PASSKEY) from error


class ProvePasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey that somebody has."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()
        except (forms.ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise forms.ValidationError(NOT_A_PASSKEY) from error


class PasskeySignInForm(ProvePasskeyForm, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in the place of address and password."""


class PasskeyAgainForm(ProvePasskeyForm, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey in the place of the password, of somebody who is signed in."""


class RenamePasskeyForm(Styled, EditWebAuthnForm):  # type: ignore[misc]
    """A passkey's name."""
