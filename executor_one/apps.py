from django.apps import AppConfig


class ExecutorOneConfig(AppConfig):
    name = "executor_one"

    def ready(self) -> None:
        from executor_one import checks  # noqa: F401 - importing registers the checks
