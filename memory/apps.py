from django.apps import AppConfig


class MemoryConfig(AppConfig):
    name = "memory"

    def ready(self) -> None:
        from billing.limits import count_held

        live = "expires_at IS NULL OR expires_at > $2"
        statement = f"SELECT count(*) AS memories FROM memory_memory WHERE account_id = $1 AND ({live})"  # noqa: S608
        count_held("memories", "memories", "memories", statement)
