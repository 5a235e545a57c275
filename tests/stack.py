"""The servers of one test session: its own PostgreSQL and Valkey, in a home that is removed at the end.

Making a cluster and migrating it takes seconds, so both are done once for each state of the migrations and
kept in the runtime parent; a session copies that and starts it with three databases: ``test_sevenm`` for
tests that use the ORM, ``sevenm`` for tests that start the product's own processes, and ``sevenm_blank``,
which nobody connects to: `Stack.fresh_database` copies it.
"""

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from integrations.tenants.roles import prepare_database
from integrations.vault import keyring, sealed
from integrations.vault.purposes import Purpose
from sevenm import database, home, servers
from sevenm.config import PROJECT, Config, Database, Role, load

TEST_DATABASE = "test_sevenm"
BLANK_DATABASE = "sevenm_blank"
CACHE = home.RUNTIME_PARENT / f"sevenm-{os.getuid()}-tests"
KEPT_CLUSTERS = 3
# Nobody pulls the plug on a test machine to read a test's rows; a killed server loses nothing by these.
UNSAFE = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "512MB", "shared_buffers": "64MB"}


@dataclass(frozen=True)
class Stack:
    """Running servers, and the ways into them."""

    config: Config
    postgres: servers.Postgres
    valkey: servers.Valkey

    def database(self, role: Role | str, name: str = TEST_DATABASE) -> Database:
        return replace(self.config.databases[Role(role)], name=name)

    def environ(self, role: Role | str, **more: str) -> dict[str, str]:
        """Give the environment of a process of the product that works as `role`."""
        return {**product_environ(self.config.home), "SEVENM_ROLE": str(role), **more}

    @contextmanager
    def fresh_database(self, template: str = BLANK_DATABASE) -> Iterator[str]:
        """Make a migrated, empty database for one test, and drop it afterwards."""
        name = f"sevenm_{secrets.token_hex(4)}"
        self._administer("CREATE DATABASE {} TEMPLATE {} OWNER sevenm_owner", name, template)
        try:
            yield name
        finally:
            self._administer("DROP DATABASE {} WITH (FORCE)", name)

    def _administer(self, statement: LiteralString, *names: str) -> None:
        """Run a statement on a connection of its own: a test may have restarted the server since."""
        with psycopg.connect(self.postgres.superuser(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def product_environ(folder: Path) -> dict[str, str]:
    """Give this process's environment without any setting of 7M but the home."""
    ours = ("SEVENM_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "SEVENM_HOME": str(folder)}


def prepare_home() -> Path:
    """Make the session's home; it costs next to nothing, so that pure tests do not wait for servers."""
    folder = Path(tempfile.mkdtemp(prefix="sevenm-test-"))
    instance = home.prepare(folder)
    home.save(folder, replace(instance, passwords=_passwords()))
    keyring.create_missing(folder / "keys", Purpose)
    sealed.create_missing_pair(folder / "keys")
    return folder


def start(folder: Path) -> Stack:
    """Start the servers of a home made by `prepare_home` on a copy of the migrated cluster."""
    config = load(product_environ(folder))
    postgres, valkey = _servers(folder)
    cluster = _migrated_cluster()
    if not (postgres.data / "PG_VERSION").exists():
        home.make_runtime(postgres.instance)
        _copy(cluster, postgres.data)
    postgres.start()
    valkey.start()
    return Stack(config, postgres, valkey)


def remove(folder: Path) -> None:
    """Stop what runs in the home and remove all of it."""
    postgres, valkey = _servers(folder)
    valkey.stop()
    postgres.stop(mode="immediate")
    shutil.rmtree(postgres.instance.runtime, ignore_errors=True)
    shutil.rmtree(folder)


def _servers(folder: Path) -> tuple[servers.Postgres, servers.Valkey]:
    instance = home.prepare(folder)
    return servers.Postgres(folder, instance, UNSAFE), servers.Valkey(folder, instance)


def _passwords() -> dict[str, str]:
    """Give the passwords of all test clusters here: a copied cluster keeps those it was made with."""
    with _locked():
        file = CACHE / "passwords.json"
        if not file.exists():
            made = {account: secrets.token_urlsafe(24) for account in home.ACCOUNTS}
            home.write_private(file, json.dumps(made), mode=0o600)
        passwords: dict[str, str] = json.loads(file.read_text())
        return passwords


def _migrated_cluster() -> Path:
    recipe = [Path(servers.__file__), Path(__file__), PROJECT / "sevenm" / "settings.py"]
    parts = [database.migration_state(), *(file.read_text() for file in recipe)]
    cluster = CACHE / sha256("\n".join(parts).encode()).hexdigest()[:16]
    with _locked():
        if not cluster.exists():
            _build(cluster)
        cluster.touch()
        kept = sorted(CACHE.glob("*/PG_VERSION"), key=lambda file: -file.parent.stat().st_mtime)
        for old in kept[KEPT_CLUSTERS:]:
            shutil.rmtree(old.parent)
    return cluster


def _build(cluster: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="sevenm-build-"))
    try:
        instance = home.prepare(folder)
        passwords = json.loads((CACHE / "passwords.json").read_text())
        home.save(folder, replace(instance, passwords=passwords))
        postgres, _ = _servers(folder)
        postgres.start()
        database.create(postgres.superuser(), passwords, "sevenm")
        environ = product_environ(folder)
        database.migrate(load(environ), environ)
        with psycopg.connect(postgres.superuser(), autocommit=True) as connection:
            connection.execute("ALTER ROLE sevenm_owner CREATEDB")
            connection.execute("GRANT sevenm_web, sevenm_engine TO sevenm_owner")
            create = sql.SQL("CREATE DATABASE {} TEMPLATE sevenm OWNER sevenm_owner")
            for name in (TEST_DATABASE, BLANK_DATABASE):
                connection.execute(create.format(sql.Identifier(name)))
        for name in (TEST_DATABASE, BLANK_DATABASE):
            with psycopg.connect(postgres.superuser(name), autocommit=True) as connection:
                prepare_database(connection)
        postgres.stop()
        shutil.rmtree(cluster.with_suffix(".new"), ignore_errors=True)
        _copy(postgres.data, cluster.with_suffix(".new"))
        cluster.with_suffix(".new").rename(cluster)
    finally:
        remove(folder)


def _copy(source: Path, target: Path) -> None:
    """Copy with owners and modes, as PostgreSQL insists on both."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)  # noqa: S603, S607  cp is everywhere


@contextmanager
def _locked() -> Iterator[None]:
    """Let one session at a time touch the cache: several may start at once."""
    CACHE.mkdir(mode=0o711, exist_ok=True)
    with (CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
