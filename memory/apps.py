from django.apps import AppConfig


class MemoryConfig(AppConfig):
    name = "memory"

    def ready(self) -> None:
        from billing.limits import count_held
        from memory.queries import live_memories

        count_held("memories", "memories", "memories", live_memories)
