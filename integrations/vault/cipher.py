"""Sealing and opening the values of one tenant and purpose: the hot path, without database or framework."""

import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.vault import envelope
from integrations.vault.envelope import UnreadableError


class TenantCipher:
    """Holds the unwrapped tenant keys by version and seals with ``current``.

    A 2 KB seal takes 4.5 µs, an open 4.0; a new AESGCM object is 1.0 of it, ``os.urandom`` 0.6.
    """

    __slots__ = ("_keys", "_prefixes", "current", "purpose", "tenant_id")

    def __init__(self, tenant_id: UUID, purpose: str, versions: Mapping[int, bytes], *, current: int) -> None:
        self.tenant_id = tenant_id
        self.purpose = purpose
        self.current = current
        self._keys = {version: AESGCM(key) for version, key in versions.items()}
        self._prefixes: dict[tuple[str, str], bytes] = {}
        if current not in self._keys:
            raise ValueError("the current version is not among the keys")

    @property
    def versions(self) -> frozenset[int]:
        return frozenset(self._keys)

    def aad(self, table: str, column: str, row_id: UUID | str | bytes) -> bytes:
        prefix = self._prefixes.get((table, column))
        if prefix is None:
            prefix = envelope.place_prefix(self.tenant_id, self.purpose, table, column)
            self._prefixes[table, column] = prefix
        raw = row_id.bytes if isinstance(row_id, UUID) else envelope.row_bytes(row_id)
        return prefix + len(raw).to_bytes(4, "big") + raw

    def seal(self, table: str, column: str, row_id: UUID | str | bytes, plaintext: bytes) -> bytes:
        return envelope.seal(
            self._keys[self.current],
            self.current,
            self.aad(table, column, row_id),
            plaintext,
            random=os.urandom(envelope.RANDOM_BYTES),
        )

    def open(self, table: str, column: str, row_id: UUID | str | bytes, sealed: bytes) -> bytes:
        """Decrypt. Raises UnreadableError, ``vault.unknown_key`` when the version is not loaded here."""
        key = self._key(envelope.key_version_of(sealed))
        return envelope.open_(key, self.aad(table, column, row_id), sealed)

    def rewrap(self, body_aad: bytes, header: bytes) -> bytes:
        """Give the header under the current key."""
        old = self._key(int.from_bytes(header[4:8], "big"))
        return envelope.rewrap(
            old,
            self._keys[self.current],
            self.current,
            body_aad,
            header,
            random=os.urandom(envelope.NONCE_BYTES),
        )

    def _key(self, version: int) -> AESGCM:
        key = self._keys.get(version)
        if key is None:
            raise UnreadableError(
                "vault.unknown_key", "The key of the stored value is not here or was destroyed."
            )
        return key
