from importlib import import_module

from django.db import migrations, models

earlier = import_module("billing.migrations.0005_told_once")

# Who was told was told of the limit that their plan has.
TOLD_OF = """
    UPDATE billing_usagenotice notice SET allowed = coalesce(CASE notice."limit"
        WHEN 'goals' THEN plan.goals_per_month WHEN 'llmCalls' THEN plan.llm_calls_per_month
        WHEN 'memories' THEN plan.memories WHEN 'apiKeys' THEN plan.api_keys END, 0)
    FROM billing_subscription mine JOIN billing_plan plan ON plan.code = mine.plan_id
    WHERE mine.account_id = notice.account_id"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_plans_that_work")]

    operations = [
        migrations.AddField(
            "usagenotice",
            "allowed",
            models.PositiveIntegerField(default=0, help_text="What the plan allowed then."),
            preserve_default=False,
        ),
        migrations.RunSQL(earlier.ALL_ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(TOLD_OF, migrations.RunSQL.noop),
        migrations.RunSQL(earlier.NO_ACCOUNT, migrations.RunSQL.noop),
        migrations.RemoveConstraint("usagenotice", "one_notice_a_month"),
        migrations.AddConstraint(
            "usagenotice",
            models.UniqueConstraint(
                fields=["account", "limit", "allowed", "percent", "month"], name="one_notice_a_month"
            ),
        ),
    ]
