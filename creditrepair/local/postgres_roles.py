"""The roles and the database of one cluster (design §6). Grants on tables are migrations' business, not ours."""

from collections.abc import Callable

from psycopg2 import sql
from psycopg2.extensions import connection as Connection

DATABASE = "creditrepair"
ROLES = {  # every right is spelt out, so that running this again also takes back what somebody added by hand
    "owner": "LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE",  # CREATEDB: it makes the test database
    "app": "LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE",
    "sender": "LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE",
    "reporting": "LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE",
    "backup": "LOGIN NOCREATEDB NOSUPERUSER BYPASSRLS NOCREATEROLE",
    "lookup": "NOLOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE",
}


def ensure_roles(admin: Connection, password: Callable[[str], str]) -> None:
    """Make or correct the roles and the database; `admin` is a superuser's autocommit connection. Idempotent."""
    with admin.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        known = {name for (name,) in cursor.fetchall()}
        for role, rights in ROLES.items():
            verb = "ALTER" if role in known else "CREATE"
            statement = sql.SQL(f"{verb} ROLE {{}} WITH {rights}").format(sql.Identifier(role))
            if " NOLOGIN" not in f" {rights}":
                statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password(role)))
            cursor.execute(statement)
        cursor.execute("GRANT lookup TO owner")  # so that a migration may hand the lookup function to it
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER owner").format(sql.Identifier(DATABASE)))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)))
        for role in ("app", "sender", "reporting", "backup"):
            cursor.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(DATABASE), sql.Identifier(role))
            )
