"""Credentials on their way from the web to the worker: HPKE (RFC 9180) to the worker's public key.

    magic ``7S`` · version 1 · algorithm 1 · key id 8 · HPKE output

The web role has the public key only: it can store a credential and never open one. The worker opens it once
and keeps it as an ordinary envelope of purpose ``cred``. The place of the value goes into the HPKE ``info``,
so a sealed credential that was moved to another row or tenant does not open.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from integrations.errors import ConfigError
from integrations.vault.envelope import Place, UnreadableError, aad
from integrations.vault.keyring import private_bytes

MAGIC = b"7S"
START = MAGIC + bytes((1, 1))
KEY_ID_BYTES = 8
PUBLIC_FILE = "cred.pub"
PRIVATE_FILE = "cred.hpke"

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LABEL = b"7M sealed credential"


@dataclass(frozen=True, slots=True)
class Sealer:
    """What the web holds."""

    public: X25519PublicKey

    def seal(self, place: Place, plaintext: bytes) -> bytes:
        return START + _key_id(self.public) + _SUITE.encrypt(plaintext, self.public, info=_LABEL + aad(place))


@dataclass(frozen=True, slots=True)
class Unsealer:
    """What the worker holds: its key, and older ones while sealed values may still wait for them."""

    private: X25519PrivateKey

    def unseal(self, place: Place, sealed: bytes) -> bytes:
        """Decrypt. Raises UnreadableError."""
        start = len(START)
        if sealed[:start] != START or len(sealed) < start + KEY_ID_BYTES:
            raise UnreadableError(
                "vault.not_sealed", "The stored credential is not in the form that 7M writes."
            )
        if sealed[start : start + KEY_ID_BYTES] != _key_id(self.private.public_key()):
            raise UnreadableError(
                "vault.sealed_to_another", "The credential was sealed to another key.", hint="Enter it again."
            )
        try:
            return _SUITE.decrypt(sealed[start + KEY_ID_BYTES :], self.private, info=_LABEL + aad(place))
        except (InvalidTag, ValueError) as wrong:
            raise UnreadableError(
                "vault.altered", "The stored credential was altered, or belongs to another place."
            ) from wrong


def is_sealed(value: bytes) -> bool:
    return value[:2] == MAGIC


def create_missing_pair(folder: Path) -> bool:
    """Make the worker's pair on the first start of a development installation. Gives whether it made one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(folder / PRIVATE_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        if not (folder / PUBLIC_FILE).exists():
            _write_public(folder, read_private(folder).private)
        return False
    private = X25519PrivateKey.generate()
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(private.private_bytes_raw()) + b"\n")
        file.flush()
        os.fsync(handle)
    _write_public(folder, private)
    return True


def read_public(folder: Path) -> Sealer:
    """Read the public key. Raises ConfigError when the file is missing or malformed."""
    try:
        text = (folder / PUBLIC_FILE).read_bytes()
    except FileNotFoundError as missing:
        raise ConfigError("vault.key_missing", f"The key file {PUBLIC_FILE} is not there.") from missing
    return Sealer(X25519PublicKey.from_public_bytes(_raw(text, PUBLIC_FILE)))


def read_private(folder: Path) -> Unsealer:
    """Read the private key. Raises ConfigError when it is missing, malformed or not of mode 0400."""
    text = private_bytes(folder / PRIVATE_FILE)
    return Unsealer(X25519PrivateKey.from_private_bytes(_raw(text, PRIVATE_FILE)))


def _write_public(folder: Path, private: X25519PrivateKey) -> None:
    path = folder / PUBLIC_FILE
    path.write_bytes(base64.b64encode(private.public_key().public_bytes_raw()) + b"\n")
    path.chmod(0o444)


def _raw(text: bytes, name: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ConfigError("vault.key_file", f"{name} does not hold base64.") from wrong
    if len(raw) != 32:
        raise ConfigError("vault.key_file", f"{name} does not hold 32 bytes.")
    return raw


def _key_id(public: X25519PublicKey) -> bytes:
    digest = Hash(SHA256())
    digest.update(public.public_bytes_raw())
    return digest.finalize()[:KEY_ID_BYTES]
