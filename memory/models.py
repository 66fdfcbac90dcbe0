"""What an account knows: memories, corrections, task trees, and the tally of what came of its goals.

All three kinds of knowledge crystallize by the same rule: a crystallized row is permanent, only an explicit delete
removes it (E-R18, E-R28, E-R32).
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from executor_one.kit.ids import uuid7
from executor_one.kit.tenancy import AccountOwned
from memory.fields import BitField

SUGGEST_AFTER = 10  # accesses


class Memory(AccountOwned):
    """A value under a key that the account said or that its executor learned (E-R25).

    `value` is the value's JSON text, because a jsonb column would refuse or change some values: "\\u0000", a lone
    surrogate, 1.0, an integer of 400 digits, the order of an object's names. Of a memory tagged `secrets` there is only
    `sealed` (memory.sealing). Recall reads MemoryTag, which repeats what it selects and orders by.
    """

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=256, db_collation="C")
    value = models.TextField(blank=True, help_text="Compact JSON; empty when sealed.")
    sealed = models.BinaryField(null=True, help_text="The value, encrypted (memory.sealing).")
    tags = ArrayField(models.CharField(max_length=64), default=list)
    importance = models.FloatField(default=0.5)
    ttl = models.PositiveBigIntegerField(null=True, help_text="Seconds from the last write of value or ttl.")
    expires_at = models.DateTimeField(null=True)
    crystallized = models.BooleanField(default=False)
    access_count = models.PositiveIntegerField(default=0)
    rank = models.FloatField(help_text="ln(importance) + lambda x time of the last write or access (memory.ranking).")
    value_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the canonical JSON; not of a secret's."
    )
    gist = models.CharField(
        max_length=64, blank=True, help_text="Digest of the words that carry meaning (memory.gate)."
    )
    learned_from = models.UUIDField(null=True, help_text="The goal whose executor wrote its value.")
    adopted = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A customer wrote on what the executor had learned: it is the customer's now.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    written_at = models.DateTimeField(default=timezone.now)
    accessed_at = models.DateTimeField(null=True)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="one_memory_a_key"),
            models.CheckConstraint(condition=Q(importance__gte=0, importance__lte=1), name="importance_is_a_share"),
            models.CheckConstraint(
                condition=Q(sealed=None) | Q(value="", value_digest="", gist=""), name="sealed_is_not_plain"
            ),
            models.CheckConstraint(
                condition=Q(crystallized=False) | Q(expires_at=None), name="crystallized_never_expires"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "value_digest"], condition=~Q(value_digest=""), name="memory_same_value"),
            models.Index(fields=["account", "gist"], condition=~Q(gist=""), name="memory_same_gist"),
            models.Index(
                fields=["account", "expires_at"],
                condition=Q(expires_at__isnull=False, crystallized=False),
                name="memory_expiring",
            ),
            models.Index(
                fields=["expires_at"],
                include=["account"],
                condition=Q(expires_at__isnull=False, crystallized=False),
                name="memory_expiring_anywhere",
            ),
            models.Index(fields=["id"], condition=Q(sealed__isnull=False), name="memory_sealed"),
            models.Index(
                fields=["account", "written_at"],
                condition=Q(
                    learned_from__isnull=False, adopted=False, access_count=0, crystallized=False, importance__lte=0.5
                ),
                name="memory_worthless",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_sealed(self) -> bool:
        """Tagged `secrets`: encrypted at rest, and shown to few."""
        return self.sealed is not None

    @property
    def suggest_crystallize(self) -> bool:
        """Read so often that it should be made permanent (E-R33); it is only suggested."""
        return self.access_count > SUGGEST_AFTER and not self.crystallized

    def is_live(self, now: datetime) -> bool:
        """Not expired: an expired memory counts as absent."""
        return self.expires_at is None or self.expires_at > now


REPEATED = ("rank", "memory", "key", "importance", "crystallized", "expires_at")


class MemoryTag(AccountOwned):
    """Where recall finds a memory: a row under each of its tags, and one under no tag.

    It repeats what recall filters and orders by, so that every recall is a walk along one index.
    """

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    memory = models.ForeignKey(Memory, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.CharField(max_length=64, blank=True, db_collation="C", help_text="Empty: whatever its tags.")
    key = models.CharField(max_length=256, db_collation="C")
    rank = models.FloatField()
    importance = models.FloatField()
    crystallized = models.BooleanField()
    expires_at = models.DateTimeField(null=True)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["memory", "tag"], include=["account"], name="one_row_a_tag"),
        ]
        # Each condition is always true. A statement that says it too opens this one index, and no other fits it: while
        # a table is small all indexes seem equal to the planner, and it keeps what it chose when the table has grown.
        indexes = [
            models.Index(
                fields=["account", "tag", *fields], name=name, condition=opens,
                include=[column for column in REPEATED if column not in {field.strip("-") for field in fields}],
            )
            for name, fields, opens in (
                ("tag_by_rank", ["-rank", "-memory"], Q(rank__gte=-1e300)),
                ("tag_by_importance", ["-importance"], Q(importance__gte=0)),
                ("tag_by_key", ["key"], Q(key__gte="")),
                ("crystallized_by_rank", ["-rank", "-memory"], Q(rank__lte=1e300, crystallized=True)),
                ("crystallized_by_importance", ["-importance"], Q(importance__lte=1, crystallized=True)),
                ("crystallized_by_key", ["key"], ~Q(key="") & Q(crystallized=True)),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.tag}: {self.key}"


class MemoryVector(AccountOwned):
    """What a memory means, as numbers; one row a memory, also while its vector is still to be made (`model` empty).

    `digest` is that of the text read (memory.meaning.text). `code` has the signs of the vector; CodeBlock has those of
    many memories. `vector` is looked at only of the nearest by code. The database deletes the row with its memory.
    """

    memory = models.OneToOneField(
        Memory, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+"
    )
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    model = models.CharField(max_length=40, blank=True, db_collation="C", help_text="What made it; empty: nothing yet.")
    digest = models.CharField(max_length=32)
    code = BitField(bits=384, null=True)
    vector = models.BinaryField(null=True, help_text="A signed byte a dimension.")

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [models.Index(fields=["account", "model"], include=["memory", "code"], name="codes_of_account")]

    def __str__(self) -> str:
        return f"{self.memory_id} by {self.model or 'nothing yet'}"


class CodeBlock(AccountOwned):
    """The codes of up to memory.codes.ROOM memories in one row: to read 50,000 one by one takes four times as long.

    Both fields are as many entries in one text of bytes, in the same order: 16 of a memory's id, 48 of its code, or
    zeros where a memory was. What MemoryVector says is right; jobs bring this after it.
    """

    pk = models.CompositePrimaryKey("account_id", "model", "number")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False)
    model = models.CharField(max_length=40, db_collation="C", help_text="What made the vectors.")
    number = models.IntegerField(help_text="From 0 on.")
    memories = models.BinaryField()
    codes = models.BinaryField()

    class Meta(AccountOwned.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"block {self.number} of {self.account_id} by {self.model}"


class MemoryWord(AccountOwned):
    """That a word stands in a memory: `term` is the word and the account as one number (memory.meaning.words.term).

    An index for full text would not be used behind row-level security. The database deletes the rows with their memory.
    """

    pk = models.CompositePrimaryKey("memory_id", "term")
    memory = models.ForeignKey(
        Memory, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        "accounts.Account", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    term = models.BigIntegerField()

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [models.Index(fields=["term"], name="word_by_term")]

    def __str__(self) -> str:
        return f"{self.term} in {self.memory_id}"


class Correction(AccountOwned):
    """A fix for a failure's signature, and how often it worked in this account (E-R21, E-R31).

    A fix that was tried and did not work often enough is retired, not deleted: else it would be tried anew at the next
    failure. `rank` orders the fixes of one signature (goals.correction.ladder).
    """

    class Source(models.TextChoices):
        CATALOGUE = "catalogue"  # shipped with the product, and tried here
        CUSTOMER = "customer"  # given over the API
        LEARNED = "learned"  # found out here: time healed it

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    signature = models.CharField(max_length=400, help_text="Actuator, exit class and masked message of the failure.")
    fix = models.JSONField(help_text="What to do, as memory.fixes reads it.")
    fix_digest = models.CharField(max_length=64, editable=False)
    reason = models.CharField(max_length=300, blank=True, help_text="What it does, in words.")
    fix_id = models.CharField(max_length=60, blank=True, help_text="The catalogue's entry; empty for one's own.")
    source = models.CharField(max_length=10, choices=Source)
    times_used = models.PositiveIntegerField(default=0)
    times_worked = models.PositiveIntegerField(default=0)
    times_undecided = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Tasks that failed otherwise after it, before it had worked once."
    )
    rank = models.FloatField(default=0.5)
    crystallized = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True, blank=True, help_text="When it had failed too often to go on.")
    learned_from = models.UUIDField(null=True, blank=True, help_text="The goal that it was first used in.")
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["account", "signature", "fix_digest"], name="one_fix_a_signature"),
            models.CheckConstraint(condition=Q(times_worked__lte=models.F("times_used")), name="worked_was_used"),
        ]
        indexes = [
            models.Index(fields=["account", "-last_used_at", "-id"], name="correction_newest"),
            models.Index(
                fields=["account", "retired_at"], name="correction_retired",
                condition=Q(retired_at__isnull=False, crystallized=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.id}: {self.times_worked}/{self.times_used}"

    @property
    def success_rate(self) -> float | None:
        """Share of its uses after which the task succeeded; None before the first."""
        return self.times_worked / self.times_used if self.times_used else None


class TaskTree(AccountOwned):
    """The tasks of a goal that succeeded, kept so that its repeat needs no planner (E-R19).

    `shape` is the digest of the goal's text with every literal masked; several trees can have one shape (memory.trees
    chooses). `tree` is what memory.trees reads and writes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    shape = models.CharField(max_length=64, editable=False)
    description = models.TextField(help_text="The goal's description, its slots as {name}.")
    tree = models.JSONField(help_text="Text, path, slots and tasks, as memory.trees reads them.")
    planner = models.CharField(max_length=20, help_text="Which planner made it first.")
    times_used = models.PositiveIntegerField(default=0, help_text="How often it took the planner's place.")
    successes = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    score = models.FloatField(default=0)
    crystallized = models.BooleanField(default=False)
    learned_from = models.UUIDField(help_text="The goal whose success wrote it.")
    used_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(AccountOwned.Meta):
        abstract = False
        indexes = [
            models.Index(fields=["account", "shape", "-used_at"], name="tree_of_shape"),
            models.Index(fields=["account", "-used_at", "-id"], name="tree_newest"),
            models.Index(
                fields=["account", "used_at"],
                name="tree_dead",
                condition=(Q(failures__gt=models.F("successes")) | Q(times_used=0)) & Q(crystallized=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.score:.2f})"


class Tally(AccountOwned):
    """What came of an account's goals, counted by kind and planner as they end: the learning registry."""

    kind = models.CharField(max_length=10, help_text="A goal's kind.")
    planner = models.CharField(max_length=20, blank=True)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    duration_ms = models.PositiveBigIntegerField(default=0, help_text="From start to end, summed over the succeeded.")
    fixes_applied = models.PositiveIntegerField(default=0)
    fixes_worked = models.PositiveIntegerField(default=0)

    class Meta(AccountOwned.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["account", "kind", "planner"], name="one_tally_a_planner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.planner}: {self.succeeded}/{self.ended}"

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled
