"""Who: users, accounts (the tenants), memberships, API keys, sessions, one-time tokens; and their credentials."""

from __future__ import annotations

import secrets as random
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import credentials, egress, roles
from executor_one.kit.ids import prefixed, uuid7
from executor_one.kit.staff import OPERATOR, OWNER, SUPPORT
from executor_one.kit.tenancy import AccountManager, AccountOwned

FIRST_HOST_UID = 200_000  # sandboxes of account n run as host uid FIRST_HOST_UID + n when the runner is root


def account_id() -> str:
    return prefixed("acc")


def key_id() -> str:
    return prefixed("key")


def workspace_name() -> str:
    """An opaque directory name: a sandbox can read it in its own mount table, so it must say nothing."""
    return random.token_hex(16)


class Role(models.TextChoices):
    """What a member may do; accounts.roles says what that is."""

    VIEWER = roles.VIEWER
    OPERATOR = roles.OPERATOR
    DEVELOPER = roles.DEVELOPER
    ADMIN = roles.ADMIN
    OWNER = roles.OWNER


def invitation_id() -> str:
    return prefixed("inv")


class Theme(models.TextChoices):
    """How the dashboard looks to a person."""

    SYSTEM = "system", "As the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class StaffRole(models.TextChoices):
    """What a member of the staff may do in /admin (executor_one.kit.staff)."""

    SUPPORT = SUPPORT, "Support: reads"
    OPERATOR = OPERATOR, "Operator: reads and acts"
    OWNER = OWNER, "Owner: edits plans and staff too"


class Times(models.TextChoices):
    """How the dashboard tells a person times (executor_one.kit.templatetags.look)."""

    LOCAL = "local", "How long ago, with your own time on hover"
    UTC = "utc", "In UTC"


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=str(username).lower())

    def create_user(self, email: str, password: str, **fields: Any) -> User:
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Not a tenant's row: one person can be a member of several accounts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254, unique=True, help_text="In lower case.")
    name = models.CharField(max_length=100, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    times = models.CharField(max_length=10, choices=Times, default=Times.LOCAL)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    staff_role = models.CharField(
        max_length=10, choices=StaffRole, blank=True, help_text="Of staff only; who was made a superuser is an owner."
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.email

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None


class Account(models.Model):
    """A tenant: what every row belongs to."""

    id = models.CharField(primary_key=True, max_length=40, default=account_id, editable=False)
    name = models.CharField(max_length=100)
    email = models.EmailField(max_length=254, help_text="Where mail about the account goes.")
    number = models.BigIntegerField(unique=True, editable=False)
    workspace = models.CharField(max_length=32, default=workspace_name, unique=True, editable=False)
    egress_hosts = ArrayField(
        models.CharField(max_length=egress.LONGEST),
        default=list,
        blank=True,
        help_text="What its commands may reach: a host, or *.example.com for all below it. Without any, no network.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    suspended_at = models.DateTimeField(null=True, blank=True, help_text="Since when staff keeps it out.")
    suspended_for = models.CharField(max_length=300, blank=True, help_text="Why, as its people are told.")

    objects = AccountManager()
    objects.account_path = "id"

    def __str__(self) -> str:
        return self.name or self.id

    @property
    def host_uid(self) -> int:
        """The uid of this account's sandboxes on a host whose runner is root."""
        return FIRST_HOST_UID + self.number


class Membership(AccountOwned):
    """A user's role in an account. `proof` is the user's id: signing in shows a person their own memberships."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.account_id}"


SEES_ADDRESSES = "account.edit"  # the permission of who may see from where a key was used


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> ApiKeyQuerySet:
        """Neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)

    def counted(self) -> ApiKeyQuerySet:
        """What the plan's ceiling counts: live ones, without those that a rotation has replaced already."""
        return self.live().filter(rotated_at=None)


class ApiKey(AccountOwned):
    """A developer's credential. The secret is shown once; its SHA-256 is stored."""

    id = models.CharField(primary_key=True, max_length=40, default=key_id, editable=False)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=Role)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_ip = models.GenericIPAddressField(null=True, blank=True, help_text="From where it was last used.")
    requests = models.PositiveBigIntegerField(
        default=0,
        help_text="How many requests it made, at least: each web process writes what it counted within a minute, and "
        "what it had not written when it was killed is missing.",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True, help_text="Since when another key replaces it.")
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is refused, until it is resumed.")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is shown to nobody.")

    objects: ClassVar[Any] = AccountManager.from_queryset(ApiKeyQuerySet)()

    class Meta(AccountOwned.Meta):
        abstract = False
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def is_live(self, now: datetime) -> bool:
        """Neither revoked nor expired. A paused one is, and is refused all the same."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    @property
    def grace_until(self) -> datetime | None:
        """Of a rotated one: until when it still works."""
        return self.expires_at if self.rotated_at and not self.revoked_at else None

    def opens(self, now: datetime) -> bool:
        """Whether a request with it is let in."""
        return self.is_live(now) and self.paused_at is None


class ApiRequest(AccountOwned):
    """One request to the API by a key or a person: what O9 and a receipt tell (accounts.request_log)."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60, help_text="key:... or user:...")
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=300, help_text="Without the query; cut where it is longer.")
    status = models.PositiveSmallIntegerField()
    duration_ms = models.PositiveIntegerField()
    ip = models.GenericIPAddressField(null=True)
    receipt = models.CharField(max_length=40)
    replay_of = models.CharField(max_length=40, blank=True, help_text="The receipt of the request that did it.")

    class Meta(AccountOwned.Meta):
        abstract = False
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["account", "actor", "-id"], name="request_of_caller"),
            models.Index(fields=["account", "receipt"], name="request_by_receipt"),
            models.Index(fields=["at"], name="request_old"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class SessionToken(AccountOwned):
    """What login answers: a bearer token of a person for 12 hours, revocable."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"session of {self.user_id}"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Neither accepted, revoked nor expired."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())


class Invitation(AccountOwned):
    """Who was asked to join an account, and with which role. The mailed link's secret is stored as its SHA-256."""

    id = models.CharField(primary_key=True, max_length=40, default=invitation_id, editable=False)
    email = models.EmailField(max_length=254, help_text="In lower case.")
    role = models.CharField(max_length=10, choices=Role)
    digest = models.CharField(max_length=64, unique=True, help_text="Of the mailed secret.")
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = AccountManager.from_queryset(InvitationQuerySet)()

    class Meta(AccountOwned.Meta):
        abstract = False
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.email} into {self.account_id}"

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now


class OneTimeToken(models.Model):
    """A link in a mail: verifies an address or resets a password, once, within a day. A person's, not a tenant's."""

    class Purpose(models.TextChoices):
        VERIFY = "verify"
        RESET = "reset"

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254, help_text="Where it was mailed: what its use proves.")
    purpose = models.CharField(max_length=10, choices=Purpose)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} of {self.user_id}"


class DataKey(AccountOwned):
    """The key that an account's credentials are sealed with, wrapped by a key outside the database (accounts.vault)."""

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, related_name="+", primary_key=True)
    wrapped = models.BinaryField(help_text="Encrypted with one of CREDENTIAL_KEYS, and bound to the account.")
    kek = models.CharField(max_length=8, help_text="The name of the key that wraps it: a piece of a digest of it.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(AccountOwned.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"key of {self.account_id}"


class CredentialKind(models.TextChoices):
    """What a credential holds; accounts.credentials says what its values are called."""

    BEARER = "bearer", "Bearer token"
    BASIC = "basic", "User name and password"
    HEADER = "header", "Header"
    DATABASE = "database", "Database"
    REGISTRY = "registry", "Registry of images"
    ENV = "env", "Variables of a command"


class Credential(AccountOwned):
    """A secret that tasks use by its key. Sealed; whoever moves the row or widens its hosts cannot open it any more."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=credentials.LONGEST_KEY, db_collation="C")
    kind = models.CharField(max_length=10, choices=CredentialKind)
    hosts = ArrayField(
        models.CharField(max_length=credentials.LONGEST_HOST),
        default=list,
        blank=True,
        help_text="Where it may be sent: a host, or *.example.com for all below it. Without any it goes nowhere.",
    )
    description = models.CharField(max_length=credentials.LONGEST_DESCRIPTION, blank=True)
    sealed = models.BinaryField(help_text="Its values, encrypted with the account's data key.")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=60, help_text="Who made it: user:... or key:...")
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="When a task was given it last.")
    times_used = models.PositiveBigIntegerField(default=0, help_text="To how many tries of tasks it was given.")
    last_goal = models.UUIDField(null=True, blank=True, editable=False, help_text="Whose use was told last.")

    class Meta(AccountOwned.Meta):
        abstract = False
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="one_credential_a_key")]

    def __str__(self) -> str:
        return self.key


class LookQuerySet(models.QuerySet["Look"]):
    """Looks of staff."""

    def open(self) -> LookQuerySet:
        """Those that have not ended."""
        return self.filter(ended_at=None)


class Look(models.Model):
    """Staff see the product as a person does, from when to when. Not a tenant's row: a person may be in several."""

    staff = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, editable=False)
    writes = models.BooleanField(help_text="Whether they could change things.")
    accounts = ArrayField(
        models.CharField(max_length=40), default=list, help_text="Which were told that it began; they are told its end."
    )
    began_at = models.DateTimeField()
    until = models.DateTimeField(help_text="When it is over, if nothing ends it before.")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LookQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["began_at"], name="look_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.staff_id} as {self.person_id}"
