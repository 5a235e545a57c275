"""What must be there before a process serves: home, keys, servers, roles, tables, demo. Safe to repeat."""

import subprocess
import sys
from collections.abc import Mapping

import psycopg

from integrations.vault import keyring, sealed
from integrations.vault.purposes import WEB_PURPOSES, WORKER_PURPOSES
from sevenm import database, home
from sevenm.config import PROJECT, Config, Role, load
from sevenm.servers import Postgres, Valkey


def prepare_home(environ: Mapping[str, str]) -> Config:
    """Make the home and every key that is missing, and read the settings that follow from them."""
    folder = load(environ).home
    home.prepare(folder)
    config = load(environ)
    keyring.create_missing(config.keys, sorted(WEB_PURPOSES | WORKER_PURPOSES))
    sealed.create_missing_pair(config.keys)
    return config


def embedded_servers(config: Config) -> tuple[Postgres | None, Valkey | None]:
    """Give the servers that this home runs itself: those whose address nobody set."""
    if config.instance is None:
        raise RuntimeError("the home is not prepared")
    postgres = Postgres(config.home, config.instance, {}) if config.embedded_postgres else None
    valkey = Valkey(config.home, config.instance) if config.embedded_valkey else None
    return postgres, valkey


def prepare_database(config: Config, environ: Mapping[str, str], postgres: Postgres | None) -> bool:
    """Make roles and tables; gives whether migrations had to run."""
    administrator = postgres.superuser() if postgres else config.administrator
    if administrator and any(refusal(way.conninfo) for way in config.databases.values()):
        passwords = {str(role): way.password for role, way in config.databases.items()}
        database.create(administrator, passwords, config.databases[Role.OWNER].name)
    return database.migrate(config, environ)


def seed_demo(environ: Mapping[str, str]) -> None:
    """Make the demo tenant with its flows, in a process of its own that has Django."""
    subprocess.run(
        [sys.executable, "-m", "sevenm.demo"],
        check=True,
        cwd=PROJECT,
        env={**environ, "SEVENM_ROLE": Role.OWNER},
    )


def demo_sign_in(config: Config) -> tuple[str, str] | None:
    """Give e-mail and password of the demo's owner."""
    file = config.home / "demo-sign-in"
    if not file.exists():
        return None
    email, password = file.read_text(encoding="utf-8").split()
    return email, password


def refusal(conninfo: str) -> str:
    """Try a way into the database; gives why it failed, or nothing."""
    try:
        psycopg.connect(conninfo, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[-1]
    return ""
