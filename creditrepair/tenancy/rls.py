"""SQL of row-level security for migrations: one place that knows how a tenant table is fenced.

Each function gives a reversible `RunSQL`. Policies compare with a plain setting, never with a subquery on
memberships: that is 350–2,400 times slower on a big table.
"""

from django.db.migrations.operations import RunSQL

REGION_IS_SET = "region_id = NULLIF(current_setting('app.region', true), '')"


def fence(table: str) -> RunSQL:
    """ENABLE + FORCE row-level security on `table`; rows of the set region only, for reading and writing."""
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY region ON {table} USING ({REGION_IS_SET}) WITH CHECK ({REGION_IS_SET});",
        f"DROP POLICY region ON {table};"
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


def own_rows(table: str, column: str, setting: str, cast: str = "") -> RunSQL:
    """Let people read (not write) rows where `column` equals their `setting`, in every region."""
    value = f"NULLIF(current_setting('{setting}', true), ''){cast}"
    return RunSQL(
        f"CREATE POLICY own_{column} ON {table} FOR SELECT USING ({column} = {value});",
        f"DROP POLICY own_{column} ON {table};",
    )


def readable_by(table: str, role: str, condition: str = "true") -> RunSQL:
    """Let one database role read the rows that meet `condition` (SQL), whatever the region."""
    return RunSQL(
        f"CREATE POLICY read_{role} ON {table} FOR SELECT TO {role} USING ({condition});",
        f"DROP POLICY read_{role} ON {table};",
    )


def writable_by(table: str, role: str) -> RunSQL:
    """Let one database role do with every row what its grants allow (the sender's lanes serve all regions)."""
    return RunSQL(
        f"CREATE POLICY all_{role} ON {table} TO {role} USING (true) WITH CHECK (true);",
        f"DROP POLICY all_{role} ON {table};",
    )


def unique_with_region(table: str) -> RunSQL:
    """UNIQUE (region_id, id): the anchor that composite foreign keys point to."""
    name = f"{table}_region_id_key"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (region_id, id);",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def same_region(table: str, column: str, to: str) -> RunSQL:
    """Foreign key (region_id, column) → to (region_id, id).

    Foreign-key checks ignore policies, so a plain key could point at an invisible row of another tenant.
    """
    name = f"{table}_{column}_region_fk"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (region_id, {column}) "
        f"REFERENCES {to} (region_id, id) DEFERRABLE INITIALLY DEFERRED;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def append_only(table: str) -> RunSQL:
    """Take UPDATE and DELETE away from the application: the missing grant is the lock, triggers come second."""
    return RunSQL(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM app;", f"GRANT UPDATE, DELETE ON {table} TO app;")


def looked_up_by(function: str, arguments: str, returns: str, body: str, tables: dict[str, str]) -> RunSQL:
    """A SECURITY DEFINER function of role `lookup`, for questions asked before any region is known.

    `owner` sees no rows under FORCE, hence a role of its own with SELECT on the named columns only.
    `tables` maps table → columns. CREATE on the schema is lent for the moment of the change of owner.
    """
    grants = "".join(
        f"GRANT SELECT ({columns}) ON {table} TO lookup;"
        f"CREATE POLICY read_lookup ON {table} FOR SELECT TO lookup USING (true);"
        for table, columns in tables.items()
    )
    return RunSQL(
        f"{grants}"
        f"CREATE FUNCTION {function}({arguments}) RETURNS {returns} LANGUAGE sql STABLE SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $$ {body} $$;"
        f"GRANT CREATE ON SCHEMA public TO lookup; ALTER FUNCTION {function}({arguments}) OWNER TO lookup;"
        f"REVOKE CREATE ON SCHEMA public FROM lookup;"
        f"REVOKE ALL ON FUNCTION {function}({arguments}) FROM PUBLIC;"
        f"GRANT EXECUTE ON FUNCTION {function}({arguments}) TO app;",
        f"DROP FUNCTION {function}({arguments});"
        + "".join(f"DROP POLICY read_lookup ON {table};REVOKE ALL ON {table} FROM lookup;" for table in tables),
    )
