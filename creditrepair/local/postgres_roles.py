"""The roles and the database of one cluster (design §6). Grants on tables are migrations' business, not ours.

`python -m creditrepair.local.postgres_roles` does it for docker-compose, from DATABASE_ADMIN_URL and the roles' URLs.
"""

import os
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import psycopg2
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
    """Make or correct the roles and the database; `admin` is a superuser's autocommit connection. Idempotent.

    password  role → its password; an empty one leaves the role as it is, and a new role then cannot sign in
    """
    with admin.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        known = {name for (name,) in cursor.fetchall()}
        for role, rights in ROLES.items():
            verb = "ALTER" if role in known else "CREATE"
            statement = sql.SQL(f"{verb} ROLE {{}} WITH {rights}").format(sql.Identifier(role))
            words = password(role) if rights.startswith("LOGIN") else ""
            if words:
                statement += sql.SQL(" PASSWORD {}").format(sql.Literal(words))
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
        # Many rows go by COPY, which row-level security refuses: into a temporary table first (tenancy.copying).
        cursor.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO app").format(sql.Identifier(DATABASE)))


def main() -> None:
    """Take the passwords out of the URLs that the programs will use, so that they are said in one place."""
    urls = [os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SENDER_URL")]
    words = {url.username: unquote(url.password or "") for url in map(urlsplit, urls)}
    admin = psycopg2.connect(os.environ["DATABASE_ADMIN_URL"], connect_timeout=10)
    try:
        admin.autocommit = True
        ensure_roles(admin, lambda role: words.get(role, ""))
    finally:
        admin.close()


if __name__ == "__main__":
    main()
