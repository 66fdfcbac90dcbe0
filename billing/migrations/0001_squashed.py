"""Plans, packages, subscriptions, usage and what Stripe said; row-level security."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from executor_one.kit.walls import RaiseWalls

# The four plans of seed 000 (E-R3..E-R9): code, name, rank, goals, memories, LLM calls, parallel tasks, websocket,
# API keys, cooldown seconds, public.
PLANS = [
    ("free", "Free", 0, 10, 50, 0, 1, False, 1, 60, True),
    ("pro", "Pro", 1, 500, 5000, 200, 4, True, 5, 0, True),
    ("enterprise", "Enterprise", 2, None, None, None, 8, True, 50, 0, True),
    ("ecosystem", "Ecosystem", 3, None, None, None, 8, True, 20, 0, False),
]
PLAN_FIELDS = (
    "code", "name", "rank", "goals_per_month", "memories", "llm_calls_per_month", "parallel_tasks", "websocket", "api_keys",
    "goal_cooldown_seconds", "is_public",
)
# slug, name, rank, model calls; what they cost is Stripe's to say
PACKAGES = [
    ("calls-100", "100 model calls", 0, 100),
    ("calls-500", "500 model calls", 1, 500),
    ("calls-2000", "2,000 model calls", 2, 2000),
]
PACKAGE_FIELDS = ("slug", "name", "rank", "llm_calls")


def add_offers(apps, schema_editor):
    plan, package = apps.get_model("billing", "Plan"), apps.get_model("billing", "Package")
    plan.objects.bulk_create(plan(**dict(zip(PLAN_FIELDS, row, strict=True))) for row in PLANS)
    package.objects.bulk_create(package(**dict(zip(PACKAGE_FIELDS, row, strict=True))) for row in PACKAGES)


class Migration(migrations.Migration):

    replaces = [
        ('billing', '0001_initial'),
        ('billing', '0002_walls_and_plans'),
        ('billing', '0003_stripe'),
        ('billing', '0004_packages'),
        ('billing', '0005_told_once'),
        ('billing', '0006_many_calls'),
        ('billing', '0007_plans_that_work'),
        ('billing', '0008_notices_of_a_limit'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Credit',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='accounts.account')),
                ('llm_calls', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'credit',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HistoricalPackage',
            fields=[
                ('slug', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=40)),
                ('rank', models.PositiveSmallIntegerField(db_index=True, help_text='The smallest is listed first.')),
                ('llm_calls', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
                ('is_public', models.BooleanField(default=True, help_text='Whether customers see it.')),
                ('stripe_price', models.CharField(blank=True, help_text='The id of its one-time price at Stripe.', max_length=255)),
                ('price_cents', models.PositiveIntegerField(blank=True, editable=False, help_text='What that price says, in the smallest unit of the currency.', null=True)),
                ('currency', models.CharField(blank=True, editable=False, help_text='ISO 4217, in lower case.', max_length=3)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical package',
                'verbose_name_plural': 'historical packages',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPlan',
            fields=[
                ('code', models.SlugField(max_length=20)),
                ('name', models.CharField(max_length=40)),
                ('rank', models.PositiveSmallIntegerField(db_index=True, help_text="A higher plan lifts a lower one's limits.")),
                ('is_public', models.BooleanField(default=True, help_text='Named in the advice of a 402.')),
                ('goals_per_month', models.PositiveIntegerField(blank=True, null=True)),
                ('memories', models.PositiveIntegerField(blank=True, null=True)),
                ('llm_calls_per_month', models.PositiveIntegerField(blank=True, help_text='0: keyword planner only.', null=True)),
                ('parallel_tasks', models.PositiveSmallIntegerField(default=1, help_text='At least 1: without one no goal would ever end.', validators=[django.core.validators.MinValueValidator(1)])),
                ('api_keys', models.PositiveIntegerField(blank=True, null=True)),
                ('websocket', models.BooleanField(default=False)),
                ('goal_cooldown_seconds', models.PositiveIntegerField(default=0, help_text='Between two goals; a day at most.', validators=[django.core.validators.MaxValueValidator(86400)])),
                ('stripe_price', models.CharField(blank=True, help_text='The id of its monthly price at Stripe.', max_length=255)),
                ('price_cents', models.PositiveIntegerField(blank=True, editable=False, help_text='What that price says, in the smallest unit of the currency.', null=True)),
                ('currency', models.CharField(blank=True, editable=False, help_text='ISO 4217, in lower case.', max_length=3)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical plan',
                'verbose_name_plural': 'historical plans',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='OperatingCost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='Its first day.')),
                ('kind', models.CharField(choices=[('infrastructure', 'Infrastructure'), ('ai', 'Ai'), ('other', 'Other')], max_length=20)),
                ('name', models.CharField(help_text='Of what: a host, a provider.', max_length=100)),
                ('cents', models.PositiveIntegerField(help_text="In the currency's smallest unit.")),
                ('currency', models.CharField(help_text='ISO 4217, in lower case.', max_length=3)),
            ],
            options={
                'ordering': ['-month', 'kind', 'name'],
                'constraints': [models.UniqueConstraint(fields=('month', 'kind', 'name'), name='one_cost_a_month')],
            },
        ),
        migrations.CreateModel(
            name='Package',
            fields=[
                ('slug', models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('rank', models.PositiveSmallIntegerField(help_text='The smallest is listed first.', unique=True)),
                ('llm_calls', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
                ('is_public', models.BooleanField(default=True, help_text='Whether customers see it.')),
                ('stripe_price', models.CharField(blank=True, help_text='The id of its one-time price at Stripe.', max_length=255)),
                ('price_cents', models.PositiveIntegerField(blank=True, editable=False, help_text='What that price says, in the smallest unit of the currency.', null=True)),
                ('currency', models.CharField(blank=True, editable=False, help_text='ISO 4217, in lower case.', max_length=3)),
            ],
            options={
                'ordering': ['rank'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('stripe_price', ''), _negated=True), fields=('stripe_price',), name='one_package_a_price'), models.CheckConstraint(condition=models.Q(('llm_calls__gte', 1)), name='package_of_some_calls')],
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('code', models.SlugField(max_length=20, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('rank', models.PositiveSmallIntegerField(help_text="A higher plan lifts a lower one's limits.", unique=True)),
                ('is_public', models.BooleanField(default=True, help_text='Named in the advice of a 402.')),
                ('goals_per_month', models.PositiveIntegerField(blank=True, null=True)),
                ('memories', models.PositiveIntegerField(blank=True, null=True)),
                ('llm_calls_per_month', models.PositiveIntegerField(blank=True, help_text='0: keyword planner only.', null=True)),
                ('parallel_tasks', models.PositiveSmallIntegerField(default=1, help_text='At least 1: without one no goal would ever end.', validators=[django.core.validators.MinValueValidator(1)])),
                ('api_keys', models.PositiveIntegerField(blank=True, null=True)),
                ('websocket', models.BooleanField(default=False)),
                ('goal_cooldown_seconds', models.PositiveIntegerField(default=0, help_text='Between two goals; a day at most.', validators=[django.core.validators.MaxValueValidator(86400)])),
                ('stripe_price', models.CharField(blank=True, help_text='The id of its monthly price at Stripe.', max_length=255)),
                ('price_cents', models.PositiveIntegerField(blank=True, editable=False, help_text='What that price says, in the smallest unit of the currency.', null=True)),
                ('currency', models.CharField(blank=True, editable=False, help_text='ISO 4217, in lower case.', max_length=3)),
            ],
            options={
                'ordering': ['rank'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('stripe_price', ''), _negated=True), fields=('stripe_price',), name='one_plan_a_price'), models.CheckConstraint(condition=models.Q(('parallel_tasks__gte', 1)), name='plan_of_some_tasks'), models.CheckConstraint(condition=models.Q(('goal_cooldown_seconds__lte', 86400)), name='plan_with_a_cooldown_that_ends')],
            },
        ),
        migrations.CreateModel(
            name='CreditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('bought', 'Bought'), ('given', 'Given'), ('used', 'Used'), ('refunded', 'Refunded')], max_length=10)),
                ('amount', models.BigIntegerField(help_text='Calls that came, or went (below zero).')),
                ('balance', models.PositiveBigIntegerField(help_text='Calls that were left afterwards.')),
                ('payment_intent', models.CharField(blank=True, help_text='The payment, at Stripe.', max_length=255)),
                ('cents', models.PositiveIntegerField(blank=True, help_text="What was paid, or went back by this entry, in the currency's smallest unit.", null=True)),
                ('currency', models.CharField(blank=True, help_text='ISO 4217, in lower case.', max_length=3)),
                ('note', models.CharField(blank=True, help_text='Why it was given.', max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
                ('package', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.package')),
            ],
            options={
                'verbose_name_plural': 'credit entries',
                'abstract': False,
                'indexes': [models.Index(fields=['account', '-id'], name='credit_of_account'), models.Index(condition=models.Q(('kind', 'used')), fields=['created_at'], name='credit_used_by_time'), models.Index(condition=models.Q(('payment_intent', ''), _negated=True), fields=['payment_intent'], name='credit_of_payment')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'bought')), fields=('payment_intent',), name='a_payment_is_booked_once'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind__in', ['bought', 'given'])), models.Q(('amount__lt', 0), ('kind', 'used')), models.Q(('amount__lte', 0), ('kind', 'refunded')), _connector='OR'), name='credit_comes_or_goes'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['bought', 'refunded']), _negated=True), models.Q(('payment_intent', ''), _negated=True), _connector='OR'), name='money_has_its_payment')],
            },
        ),
        migrations.CreateModel(
            name='StripeEvent',
            fields=[
                ('id', models.CharField(max_length=255, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=100)),
                ('state', models.CharField(choices=[('done', 'Done'), ('ignored', 'Ignored'), ('failed', 'Failed')], max_length=10)),
                ('note', models.CharField(blank=True, help_text='Why it was ignored or failed.', max_length=500)),
                ('tries', models.PositiveIntegerField(default=1)),
                ('livemode', models.BooleanField(default=False)),
                ('is_told', models.BooleanField(default=False, help_text='Whether the account was told what it says; a replay tells it once.')),
                ('payload', models.JSONField(help_text='The event as Stripe signed it, less its secrets.')),
                ('created_at', models.DateTimeField(help_text='When Stripe made it.')),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['state', '-received_at'], name='stripe_event_by_state')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='accounts.account')),
                ('since', models.DateTimeField(auto_now_add=True)),
                ('status', models.CharField(choices=[('none', 'None'), ('active', 'Active'), ('past_due', 'Past Due'), ('unpaid', 'Unpaid'), ('ended', 'Ended')], default='none', max_length=10)),
                ('stripe_customer', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('stripe_subscription', models.CharField(blank=True, max_length=255)),
                ('stripe_item', models.CharField(blank=True, help_text="The line of it that holds the plan's price.", max_length=255)),
                ('checkout_session', models.CharField(blank=True, help_text='The one that was opened last.', max_length=255)),
                ('period_end', models.DateTimeField(blank=True, help_text='Until when it is paid.', null=True)),
                ('ends_at_period_end', models.BooleanField(default=False)),
                ('past_due_since', models.DateTimeField(blank=True, null=True)),
                ('grace_until', models.DateTimeField(blank=True, null=True)),
                ('paid_plan', models.ForeignKey(blank=True, help_text='What the price is of.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.plan')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='billing.plan')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('status', 'past_due')), fields=['grace_until'], name='grace_that_ends')],
            },
        ),
        migrations.CreateModel(
            name='UsageCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(choices=[('goals', 'Goals'), ('llmCalls', 'Llm Calls')], max_length=20)),
                ('month', models.DateField(help_text='Its first day.')),
                ('used', models.PositiveIntegerField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('account', 'metric', 'month'), name='one_counter_a_month')],
            },
        ),
        migrations.CreateModel(
            name='UsageNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('limit', models.CharField(help_text='Its public name: goals, llmCalls, memories, apiKeys.', max_length=20)),
                ('allowed', models.PositiveIntegerField(help_text='What the plan allowed then.')),
                ('percent', models.PositiveSmallIntegerField()),
                ('month', models.DateField(help_text='Its first day.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('account', 'limit', 'allowed', 'percent', 'month'), name='one_notice_a_month')],
            },
        ),
        RaiseWalls("Subscription"),
        RaiseWalls("UsageCounter"),
        RaiseWalls("UsageNotice"),
        RaiseWalls("StripeEvent"),
        RaiseWalls("Credit"),
        RaiseWalls("CreditEntry", append_only=True),
        migrations.RunPython(add_offers, migrations.RunPython.noop),
    ]
