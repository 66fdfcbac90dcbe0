"""The database role of the app must not be able to step over the tenant walls."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError, connection

QUERY = """
    SELECT rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind = 'r')
    FROM pg_roles WHERE rolname = current_user"""


@register(Tags.database)
def role_is_powerless(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """tenancy.E001: row-level security does not bind a superuser, a BYPASSRLS role or (in part) the tables' owner."""
    if not databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(QUERY)
            superuser, bypasses, owns = cursor.fetchone()
    except OperationalError as error:
        reason = (str(error).strip() or "no answer").splitlines()[0]
        return [Error(f"The database cannot be reached: {reason}", hint="See DATABASE_URL.", id="tenancy.E002")]
    powers = {"is a superuser": superuser, "bypasses row-level security": bypasses, "owns tables": owns}
    return [
        Error(
            f"The database role of DATABASE_URL {power}.",
            hint="Give web, heartbeat and runner the role executor_app; see docs/howto/use-your-own-postgres.md.",
            id="tenancy.E001",
        )
        for power, has in powers.items()
        if has
    ]
