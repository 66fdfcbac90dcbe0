from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401 - importing registers the checks
        from billing.limits import count_held

        # As ApiKeyQuerySet.counted.
        live = "revoked_at IS NULL AND rotated_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"
        statement = f"SELECT count(*) AS keys FROM accounts_apikey WHERE account_id = $1 AND {live}"  # noqa: S608
        count_held("apiKeys", "api_keys", "API keys", statement)
