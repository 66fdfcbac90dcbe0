"""Give the tasks that waited before 0003 their ranks (goals.scoring, as of this migration) and what they wait for."""

from django.db import migrations

RANK = """
    SELECT set_config('app.account', '*', true);
    UPDATE goals_task task SET
        needs_left = (SELECT count(*) FROM goals_task needed WHERE needed.goal_id = task.goal_id
                      AND needed.position = ANY(task.depends_on) AND needed.state <> 'completed'),
        rank = ranked.rank,
        deadline_rank = ranked.rank + 50 - 50 / 86400.0 * extract(epoch FROM ranked.deadline)
    FROM (SELECT waiting.id, goal.deadline,
                 CASE goal.priority WHEN 'low' THEN 25 WHEN 'high' THEN 75 WHEN 'critical' THEN 100 ELSE 50 END
                 + least(10, (SELECT count(*) FROM goals_task other WHERE other.goal_id = waiting.goal_id
                              AND waiting.position = ANY(other.depends_on)))
                 - extract(epoch FROM goal.created_at) / 180 AS rank
          FROM goals_task waiting JOIN goals_goal goal ON goal.id = waiting.goal_id
          WHERE waiting.state NOT IN ('completed', 'failed', 'cancelled', 'skipped')) ranked
    WHERE task.id = ranked.id;
    SELECT set_config('app.account', '', true)"""


class Migration(migrations.Migration):
    dependencies = [("goals", "0003_task_rank")]

    operations = [migrations.RunSQL(RANK, migrations.RunSQL.noop)]
