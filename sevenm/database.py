"""Prepares the database: roles, the database itself, migrations, and the table of the cache.

Migrations are run only when their files, or what the database says it has, changed since the last time: a
second start must not wait for them.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from integrations.tenants import roles
from sevenm.config import IS_PACKAGE, PROJECT, Config, Role

CACHE_TABLE = "sevenm_cache"


def create(superuser: str, passwords: Mapping[str, str], name: str) -> None:
    """Create the roles and, where it is missing, the database `name`, through a superuser's way in."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        roles.create_roles(connection, role_passwords(passwords))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(superuser, dbname=name, autocommit=True) as connection:
        roles.prepare_database(connection)


def role_passwords(passwords: Mapping[str, str]) -> roles.RolePasswords:
    return roles.RolePasswords(
        owner=passwords[Role.OWNER], web=passwords[Role.WEB], engine=passwords[Role.ENGINE]
    )


def migrate(config: Config, environ: Mapping[str, str]) -> bool:
    """Bring the tables up to date as the owner; gives whether anything had to run."""
    state = migration_state()
    with psycopg.connect(config.databases[Role.OWNER].conninfo) as connection:
        if recorded_state(connection) == state:
            return False
    run_manage(environ, "migrate", "--noinput", "--verbosity", "0")
    run_manage(environ, "createcachetable", "--verbosity", "0")
    with psycopg.connect(config.databases[Role.OWNER].conninfo) as connection:
        record_state(connection, state)
    return True


def run_manage(environ: Mapping[str, str], *arguments: str) -> None:
    """Run one of Django's commands as the owner in a process of its own; raises CalledProcessError."""
    subprocess.run(  # noqa: S603  our own program and arguments
        [sys.executable, "-m", "django", *arguments],
        check=True,
        cwd=PROJECT,
        env={**environ, "SEVENM_ROLE": Role.OWNER, "DJANGO_SETTINGS_MODULE": "sevenm.settings"},
    )


def migration_state() -> str:
    """Give a hash over every migration of the product, its SQL, and the versions of the packages."""
    digest = hashlib.sha256()
    files = [*PROJECT.glob("integrations/*/migrations/*.py"), *PROJECT.glob("integrations/*/sql/*.sql")]
    files += [PROJECT / "integrations/tenants/rls.py", Path(__file__)]
    if not IS_PACKAGE:
        files.append(PROJECT / "requirements" / "base.txt")
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{os.fspath(file.relative_to(PROJECT))} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def recorded_state(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    """Read which state this database was last migrated to; empty where it never was."""
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    comment = str(row[0] or "") if row else ""
    return comment.removeprefix("sevenm migrations ")


def record_state(connection: psycopg.Connection[tuple[object, ...]], state: str) -> None:
    """Write the state on the database itself: one of another origin is never taken for done."""
    connection.execute(
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO sevenm_web").format(
            sql.Identifier(CACHE_TABLE)
        )
    )
    name = connection.info.dbname
    connection.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(name), sql.Literal(f"sevenm migrations {state}")
        )
    )
