"""What `sevenm doctor` looks at: each check says whether it holds, and what to do where it does not."""

import http.client
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import psycopg
import redis

from integrations.errors import SevenMError
from integrations.vault.keyring import Keyring
from integrations.vault.purposes import Purpose
from integrations.vault.sealed import read_private, read_public
from sevenm import database, limits
from sevenm.config import PAGES, Config, Role

SPARE_BYTES = 1 << 30
CONNECT_S = 3.0
OPEN_FILES = 16_384
SECRETIVE = {
    "log_statement": ("none",),
    "log_parameter_max_length_on_error": ("0",),
    "log_error_verbosity": ("terse",),
    "log_min_duration_statement": ("-1",),
}


class Mark(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it."""

    mark: Mark
    what: str
    advice: str = ""


def findings(config: Config) -> Iterator[Finding]:
    """Look at everything, one thing after the other."""
    checks: tuple[Callable[[Config], Iterator[Finding]], ...] = (
        check_machine,
        check_home,
        check_keys,
        check_pages,
        check_database,
        check_broker,
        check_web,
        check_mail,
    )
    for check in checks:
        yield from check(config)


def check_machine(config: Config) -> Iterator[Finding]:
    yield Finding(Mark.OK, f"Python {sys.version.split()[0]}")
    files = limits.open_files()
    if files < OPEN_FILES:
        yield Finding(
            Mark.WARN,
            f"at most {files:,} open files, so fewer requests at once",
            f"Raise the hard limit: ulimit -Hn {OPEN_FILES}",
        )
    place = config.home if config.home.exists() else config.home.parent
    free = shutil.disk_usage(place).free if place.exists() else 0
    if free < SPARE_BYTES:
        yield Finding(Mark.WARN, f"{free >> 20:,} MB free at {place}", "Make room before the disk is full.")


def check_mail(config: Config) -> Iterator[Finding]:
    mail = config.mail
    if not mail.host:
        yield Finding(
            Mark.WARN,
            "no mail server: alerts, requests for approval and mail of flows are not sent",
            "Set SEVENM_SMTP_URL and SEVENM_MAIL_FROM.",
        )
        return
    try:
        with socket.create_connection((mail.host, mail.port), timeout=CONNECT_S):
            yield Finding(Mark.OK, f"the mail server answers at {mail.host}:{mail.port}")
    except OSError as error:
        yield Finding(
            Mark.WARN,
            f"the mail server does not answer at {mail.host}:{mail.port} ({type(error).__name__})",
            "Check SEVENM_SMTP_URL; mail is tried again until it does.",
        )


def check_home(config: Config) -> Iterator[Finding]:
    if config.instance is None:
        yield Finding(Mark.FAIL, f"{config.home} is not set up", "Run `make run` or `sevenm setup`.")
        return
    mode = stat.S_IMODE(config.home.stat().st_mode)
    if mode & 0o077:
        yield Finding(Mark.FAIL, f"{config.home} is open to others ({mode:o})", f"chmod 700 {config.home}")
    else:
        yield Finding(Mark.OK, f"home {config.home}")
    if not config.secret_key:
        yield Finding(Mark.FAIL, "there is no secret key", "Run `sevenm setup`.")


def check_keys(config: Config) -> Iterator[Finding]:
    try:
        Keyring(config.keys, Purpose)
        read_public(config.keys)
        read_private(config.keys)
    except SevenMError as error:
        yield Finding(Mark.FAIL, error.message, error.hint or "Restore the keys, or run `sevenm setup` once.")
    else:
        yield Finding(Mark.OK, f"root keys in {config.keys}: keep a copy of them apart from the database")


def check_pages(config: Config) -> Iterator[Finding]:
    del config
    missing = [
        name
        for name in ("static/dist/build/manifest.json", "staticfiles/staticfiles.json")
        if not (PAGES / name).exists()
    ]
    if missing:
        yield Finding(Mark.FAIL, f"the pages are not built: {', '.join(missing)}", "Run `make front`.")
    else:
        yield Finding(Mark.OK, "pages are built")


def check_database(config: Config) -> Iterator[Finding]:
    for role, way in config.databases.items():
        try:
            with psycopg.connect(way.conninfo, connect_timeout=5) as connection:
                yield from _check_role(connection, role)
                if role is Role.OWNER:
                    yield from _check_server(connection)
        except psycopg.OperationalError as error:
            advice = (
                "Is `sevenm up` running?"
                if config.embedded_postgres
                else "Check DATABASE_URL and the server."
            )
            reason = str(error).strip().splitlines()[-1]
            yield Finding(Mark.FAIL, f"no way into PostgreSQL as {way.user}: {reason}", advice)
            return


def _check_role(connection: psycopg.Connection[tuple[object, ...]], role: Role) -> Iterator[Finding]:
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is not None and row[0]:
        yield Finding(
            Mark.FAIL,
            f"the database role of {role} passes row-level security",
            "Take SUPERUSER and BYPASSRLS from it.",
        )


def _check_server(connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[Finding]:
    version = connection.info.server_version // 10000
    if version < 16:
        yield Finding(Mark.FAIL, f"PostgreSQL {version} is too old", "Use PostgreSQL 16 or newer.")
    else:
        yield Finding(Mark.OK, f"PostgreSQL {version}")
    if database.recorded_state(connection) == database.migration_state():
        yield Finding(Mark.OK, "tables are up to date")
    else:
        yield Finding(Mark.FAIL, "tables are not up to date", "Run `sevenm setup`, or start again.")
    for name, allowed in SECRETIVE.items():
        shown = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        if shown is not None and shown[0] not in allowed:
            yield Finding(
                Mark.WARN, f"PostgreSQL may log values: {name} is {shown[0]}", f"Set {name} = {allowed[0]}."
            )
    commit = connection.execute("SELECT current_setting('synchronous_commit')").fetchone()
    if commit is not None and commit[0] in ("off", "local"):
        yield Finding(Mark.FAIL, "PostgreSQL confirms before it has stored", "Set synchronous_commit = on.")


def check_broker(config: Config) -> Iterator[Finding]:
    if not config.redis_url:
        yield Finding(Mark.FAIL, "there is no Redis or Valkey yet", "Run `make run`, or set REDIS_URL.")
        return
    client = redis.Redis.from_url(config.redis_url, socket_connect_timeout=5, socket_timeout=5)
    try:
        client.ping()
    except redis.RedisError as error:
        advice = "Is `sevenm up` running?" if config.embedded_valkey else "Check REDIS_URL and the server."
        yield Finding(Mark.FAIL, f"Redis or Valkey does not answer: {error}", advice)
    else:
        yield Finding(Mark.OK, "Redis or Valkey answers")
    finally:
        client.close()


def check_web(config: Config) -> Iterator[Finding]:
    connection = http.client.HTTPConnection("127.0.0.1", config.port or 1, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        status = connection.getresponse().status
    except OSError as error:
        yield Finding(
            Mark.WARN, f"no web process at port {config.port}: {error.strerror}", "Start `sevenm up`."
        )
    else:
        mark = Mark.OK if status == 200 else Mark.WARN
        yield Finding(mark, f"the web process at {config.public_url} answers {status}")
    finally:
        connection.close()
