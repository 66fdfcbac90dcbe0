"""Migration operations that raise wall 2: row-level security and same-account foreign keys."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

# Plain calls, not sub-selects: the planner would plan each sub-select of each table of each statement (0.5 ms a query
# here), to save a call per row of queries whose index has picked a handful of rows already.
OWN_ROW = "{column} = current_setting('app.account', true)"
EVERY_ROW = "current_setting('app.account', true) = '*'"
CALL, CALLED_ONCE = "current_setting('app.account', true)", "(SELECT current_setting('app.account', true))"
PROVEN_ROW = "{column} = nullif(current_setting('app.proof', true), '')"


def wall_sql(table: str, account: str = "account_id", proof: str = "", *, many_rows: bool = False) -> str:
    """ENABLE, FORCE and the one policy of a tenant table; unset settings match no row."""
    clauses = [OWN_ROW.format(column=account), EVERY_ROW]
    if many_rows:
        clauses = [clause.replace(CALL, CALLED_ONCE) for clause in clauses]
    readable = [*clauses, PROVEN_ROW.format(column=proof)] if proof else clauses
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
        f"CREATE POLICY {table}_of_account ON {table} "
        f"USING ({' OR '.join(readable)}) WITH CHECK ({' OR '.join(clauses)})"
    )


class RaiseWalls(Operation):
    """Put a tenant model behind row-level security.

    `account` names the column that holds the account's id; `proof` a column whose row is visible to whoever presents
    its digest; `same_account` foreign-key columns that must point to a row of the same account (a plain foreign key
    check runs outside row-level security and would accept another tenant's id); `append_only` takes UPDATE and
    DELETE from the app's role.
    """

    reduces_to_sql = True
    reversible = True
    is_index = False

    def __init__(
        self,
        model: str,
        *,
        account: str = "account_id",
        proof: str = "",
        same_account: dict[str, str] | None = None,
        append_only: bool = False,
    ) -> None:
        self.model, self.account, self.proof = model, account, proof
        self.same_account, self.append_only = same_account or {}, append_only

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: the models do not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(wall_sql(table, self.account, self.proof, many_rows=self.is_index))
        for column, target in self.same_account.items():
            parent = to_state.apps.get_model(target)._meta.db_table
            schema_editor.execute(
                f"CREATE UNIQUE INDEX IF NOT EXISTS {parent}_account_row ON {parent} (account_id, id)"
            )
            schema_editor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_account "
                f"FOREIGN KEY (account_id, {column}) REFERENCES {parent} (account_id, id) "
                f"{'ON DELETE CASCADE ' if self.is_index else ''}DEFERRABLE INITIALLY DEFERRED"
            )
        if self.append_only:
            schema_editor.execute(append_only_sql(table), None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        """Dropping the table drops its walls with it."""

    def describe(self) -> str:
        return f"Raise the tenant walls of {self.model}"


class RaiseIndexWalls(RaiseWalls):
    """The walls of a table that only helps to find the rows of another.

    The database deletes its rows with those of `same_account`. One query may read tens of thousands of them, and there
    a call a row costs more (10 ms a 50,000) than planning a sub-select.
    """

    is_index = True


def append_only_sql(table: str) -> str:
    """Rows can be added and read, never changed: every role but the owner loses UPDATE and DELETE."""
    roles = (
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants "  # noqa: S608 - a table name of our own
        f"WHERE table_schema = current_schema() AND table_name = '{table}' AND grantee <> current_user"
    )
    revoke = f"EXECUTE format('REVOKE UPDATE, DELETE ON {table} FROM %I', role_name)"
    return f"DO $$ DECLARE role_name text; BEGIN FOR role_name IN {roles} LOOP {revoke}; END LOOP; END $$"
