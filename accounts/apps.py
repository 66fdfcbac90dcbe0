from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401 - importing registers the checks
        from accounts.models import ApiKey
        from billing.limits import count_held

        count_held("apiKeys", "api_keys", "API keys", lambda: ApiKey.objects.counted().count())
