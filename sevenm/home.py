"""The home folder of one copy of 7M: its identity, its ports, its passwords and its keys.

``<home>/instance.json`` (0600) is written once by `prepare` and read by every process of this copy, so that a
second copy in another folder has other ports, sockets and passwords and both run side by side. Sockets, and
for root also the database files, live in a runtime folder of their own in ``/var/tmp``: the path of a socket
must stay short, and PostgreSQL must reach its files without a home folder being opened to other accounts.
"""

import dataclasses
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sevenm.ports import free_port

RUNTIME_PARENT = Path("/var/tmp")  # noqa: S108  sticky, survives a reboot; the folder below it is checked
ACCOUNTS = ("superuser", "owner", "web", "engine")
WEB_PORT = 7070
PORTS_FROM, PORTS_TO = 20000, 32000  # below the ports Linux hands out to outgoing connections


@dataclass(frozen=True, slots=True)
class Instance:
    """What tells this copy from every other copy on the machine."""

    id: str
    web_port: int
    sandbox_port: int
    postgres_port: int
    passwords: dict[str, str]

    @property
    def runtime(self) -> Path:
        return RUNTIME_PARENT / f"sevenm-{os.getuid()}-{self.id}"

    @property
    def postgres_sockets(self) -> Path:
        return self.runtime / "postgres"

    @property
    def valkey_socket(self) -> Path:
        return self.runtime / "valkey" / "socket"


def find_instance(home: Path) -> Instance | None:
    """Read the instance of a home that was prepared before."""
    try:
        text = (home / "instance.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Instance(**json.loads(text))


def prepare(home: Path) -> Instance:
    """Make the home folder, its instance and its secret key where they are missing; safe to repeat."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "keys").mkdir(mode=0o700, exist_ok=True)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
    secret_key = home / "keys" / "django.key"
    if not secret_key.exists():
        write_private(secret_key, secrets.token_urlsafe(64), mode=0o400)
    instance = find_instance(home)
    if instance is None:
        identity = secrets.token_hex(6)
        start = PORTS_FROM + int(identity, 16) % (PORTS_TO - PORTS_FROM - 100)
        instance = Instance(
            id=identity,
            web_port=free_port(WEB_PORT),
            sandbox_port=free_port(start),
            postgres_port=free_port(start + 50),
            passwords={account: secrets.token_urlsafe(24) for account in ACCOUNTS},
        )
        save(home, instance)
    return instance


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the home for one supervisor; raises HomeInUseError. The lock ends with its process."""
    with (home / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise HomeInUseError(home, file.read().strip()) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class HomeInUseError(Exception):
    """Another copy of 7M runs in this home."""

    def __init__(self, home: Path, pid: str) -> None:
        super().__init__(f"7M already runs in {home} (process {pid or 'unknown'})")


def save(home: Path, instance: Instance) -> None:
    """Write the instance file whole or not at all."""
    write_private(home / "instance.json", json.dumps(dataclasses.asdict(instance), indent=1), mode=0o600)


def make_runtime(instance: Instance) -> Path:
    """Make the runtime folder and refuse one that somebody else put there first."""
    instance.runtime.mkdir(mode=0o711, exist_ok=True)
    found = instance.runtime.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise RuntimeError(f"{instance.runtime} belongs to somebody else: remove it and start again")
    instance.runtime.chmod(0o711)
    return instance.runtime


def write_private(path: Path, text: str, *, mode: int) -> None:
    """Write a file that only this account can read, in one rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
