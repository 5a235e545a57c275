"""Root keys of this process, and the tenant keys they unwrap. Nothing here knows a database.

A root key file is ``<home>/keys/<purpose>.key``, mode 0400, one line for each version: its number and 32
bytes in base64; the last line is the current one. A rotation appends a line; running processes read the file
again when it changed.
"""

import base64
import binascii
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from integrations.errors import ConfigError
from integrations.vault.cipher import TenantCipher
from integrations.vault.envelope import KEY_BYTES, NONCE_BYTES, WRAPPED_BYTES, UnreadableError, parts
from integrations.vault.purposes import Purpose

ENVIRONMENT_PREFIX = "SEVENM_ROOT_"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """One version of a tenant's key, as it is stored. state: see ``vault.models.KeyState``."""

    tenant_id: UUID
    purpose: str
    version: int
    root_version: int
    wrapped: bytes
    is_current: bool
    is_destroyed: bool = False


class Keyring:
    """The root keys of some purposes. Reads them at once, so a missing or open file stops the start."""

    def __init__(
        self, folder: Path, purposes: Iterable[Purpose], *, extra: Mapping[Purpose, bytes] | None = None
    ) -> None:
        self._folder = folder
        self._given = dict(extra or {})
        self._roots: dict[Purpose, dict[int, bytes]] = {}
        self._stamps: dict[Purpose, tuple[int, int]] = {}
        self._derived: dict[tuple[str, str, int], bytes] = {}
        for purpose in purposes:
            self._refresh(purpose)

    @property
    def purposes(self) -> frozenset[Purpose]:
        return frozenset(self._roots)

    def current_root(self, purpose: str) -> int:
        """Give the newest version in the file now: an older one may be about to go."""
        return max(self.root_versions(purpose))

    def root_versions(self, purpose: str) -> tuple[int, ...]:
        self._versions(purpose)
        self._refresh(Purpose(purpose))
        return tuple(sorted(self._versions(purpose)))

    def derive(self, purpose: str, label: str, *, version: int) -> bytes:
        """Derive 32 bytes from a root key by HKDF-SHA-256. One label, one use; labels are never shared."""
        known = self._derived.get((purpose, label, version))
        if known is None:
            info = parts(b"7M derive", purpose.encode(), label.encode())
            known = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._root(purpose, version))
            self._derived[purpose, label, version] = known
        return known

    def wrap(self, tenant_id: UUID, purpose: str, version: int, key: bytes) -> WrappedKey:
        """Wrap a tenant key under the current root key."""
        root_version = self.current_root(purpose)
        nonce = os.urandom(NONCE_BYTES)
        bound_to = _wrap_aad(tenant_id, purpose, version, root_version)
        wrapped = nonce + AESGCM(self._root(purpose, root_version)).encrypt(nonce, key, bound_to)
        return WrappedKey(tenant_id, str(purpose), version, root_version, wrapped, is_current=True)

    def new_tenant_key(self, tenant_id: UUID, purpose: str, version: int = 1) -> WrappedKey:
        """Make a tenant key; it exists only when its row is stored."""
        return self.wrap(tenant_id, purpose, version, os.urandom(KEY_BYTES))

    def unwrap(self, row: WrappedKey) -> bytes:
        """Give a tenant key. Raises UnreadableError: its row was altered or moved, or its root is gone."""
        if len(row.wrapped) != WRAPPED_BYTES:
            raise UnreadableError("vault.key_altered", "A tenant key is not in the form that 7M writes.")
        bound_to = _wrap_aad(row.tenant_id, row.purpose, row.version, row.root_version)
        root = AESGCM(self._root(row.purpose, row.root_version))
        try:
            return root.decrypt(row.wrapped[:NONCE_BYTES], row.wrapped[NONCE_BYTES:], bound_to)
        except InvalidTag as wrong:
            raise UnreadableError(
                "vault.key_altered",
                "A tenant key does not open with this installation's root key.",
                hint="Are these the key files that belong to this database?",
            ) from wrong

    def cipher(self, rows: Iterable[WrappedKey]) -> TenantCipher:
        """Unwrap the keys of one tenant and purpose. Raises UnreadableError when none is current."""
        rows = [row for row in rows if not row.is_destroyed]
        current = [row for row in rows if row.is_current]
        if len(current) != 1 or len({(row.tenant_id, row.purpose) for row in rows}) != 1:
            raise UnreadableError(
                "vault.no_key", "This tenant has no usable key; it may have been destroyed."
            )
        keys = {row.version: self.unwrap(row) for row in rows}
        return TenantCipher(current[0].tenant_id, current[0].purpose, keys, current=current[0].version)

    def _versions(self, purpose: str) -> dict[int, bytes]:
        held = self._roots.get(Purpose(purpose))
        if held is None:
            raise ConfigError("vault.purpose_not_held", f"This process does not hold the key for {purpose}.")
        return held

    def _root(self, purpose: str, version: int) -> bytes:
        held = self._versions(purpose)
        if version not in held:
            self._refresh(Purpose(purpose))
            held = self._versions(purpose)
        if version not in held:
            raise UnreadableError(
                "vault.root_gone", f"Version {version} of the root key for {purpose} is not here."
            )
        return held[version]

    def _refresh(self, purpose: Purpose) -> None:
        """Read the file if it is another than the one that was read last (3 µs when it is not)."""
        if purpose in self._given:
            self._roots[purpose] = {1: self._given[purpose]}
            return
        path = key_file(self._folder, purpose)
        stamp = _stamp(path)
        if self._stamps.get(purpose) != stamp:
            self._roots[purpose] = read_root(path)
            self._stamps[purpose] = stamp


def key_file(folder: Path, purpose: Purpose) -> Path:
    return folder / f"{purpose}.key"


def environment_roots(environment: Mapping[str, str], *, development: bool) -> dict[Purpose, bytes]:
    """Take root keys from ``SEVENM_ROOT_<PURPOSE>`` (base64); only in development, else ConfigError."""
    found = {p: environment[name] for p in Purpose if (name := ENVIRONMENT_PREFIX + p.upper()) in environment}
    if found and not development:
        raise ConfigError(
            "vault.root_in_environment",
            "Root keys in the environment are for development only.",
            hint=f"Put each into a file of mode 0400 and remove {ENVIRONMENT_PREFIX}* from the environment.",
        )
    return {purpose: _decoded(text, ENVIRONMENT_PREFIX + purpose.upper()) for purpose, text in found.items()}


def create_missing(folder: Path, purposes: Iterable[Purpose]) -> list[Purpose]:
    """Make a root key for each purpose that has no file: the first start of a development installation."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for purpose in purposes:
        try:
            handle = os.open(key_file(folder, purpose), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        except FileExistsError:
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(_line(1, os.urandom(KEY_BYTES)))
            file.flush()
            os.fsync(handle)
        made.append(purpose)
    return made


def read_root(path: Path) -> dict[int, bytes]:
    """Read a root key file. Raises ConfigError when it is missing, malformed or readable by anybody else."""
    lines = private_bytes(path).decode("ascii", errors="replace").split("\n")
    keys: dict[int, bytes] = {}
    for line in filter(None, lines):
        number, _, text = line.partition(" ")
        if not (number.isascii() and number.isdigit()) or int(number) <= max(keys, default=0):
            raise ConfigError("vault.key_file", f"{path.name} is not a root key file of 7M.")
        keys[int(number)] = _decoded(text, path.name)
    if not keys:
        raise ConfigError("vault.key_file", f"{path.name} holds no key.")
    return keys


def append_root(path: Path) -> int:
    """Add a new current version to a root key file, in one step that a crash cannot halve."""
    held = read_root(path)
    version = max(held) + 1
    replace_private(path, path.read_bytes() + _line(version, os.urandom(KEY_BYTES)))
    return version


def drop_roots(path: Path, *, keep: Iterable[int]) -> list[int]:
    """Destroy the versions that are not kept; the current one always stays. Gives what went."""
    held = read_root(path)
    kept = {*keep, max(held)}
    replace_private(path, b"".join(_line(version, key) for version, key in held.items() if version in kept))
    return sorted(set(held) - kept)


def replace_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0400 beside the old one and put it in its place."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    beside.replace(path)


def private_bytes(path: Path) -> bytes:
    """Read a file that must be ours alone: a plain file of mode 0400. Raises ConfigError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as missing:
        raise ConfigError("vault.key_missing", f"The key file {path.name} is not there.") from missing
    except OSError as refused:
        raise ConfigError("vault.key_file", f"The key file {path.name} cannot be opened.") from refused
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or stat.S_IMODE(facts.st_mode) != 0o400:
            raise ConfigError(
                "vault.key_mode",
                f"The key file {path.name} is open to others or to writing.",
                hint=f"chmod 0400 {path.name}",
            )
        if facts.st_uid not in {os.geteuid(), 0}:
            raise ConfigError("vault.key_owner", f"The key file {path.name} belongs to another user.")
        return file.read(64 << 10)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat(follow_symlinks=False)
    except FileNotFoundError as missing:
        raise ConfigError("vault.key_missing", f"The key file {path.name} is not there.") from missing
    return facts.st_ino, facts.st_mtime_ns


def _line(version: int, key: bytes) -> bytes:
    return f"{version} {base64.b64encode(key).decode()}\n".encode()


def _decoded(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ConfigError("vault.key_file", f"{name} does not hold base64.") from wrong
    if len(key) != KEY_BYTES:
        raise ConfigError("vault.key_file", f"{name} does not hold {KEY_BYTES} bytes.")
    return key


def _wrap_aad(tenant_id: UUID, purpose: str, version: int, root_version: int) -> bytes:
    versions = (version.to_bytes(4, "big"), root_version.to_bytes(4, "big"))
    return parts(b"7M tenant key", tenant_id.bytes, purpose.encode(), *versions)
