"""The bytes of an envelope, and that nothing but the right one opens (SECURITY X-5)."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from integrations.vault import envelope
from integrations.vault.cipher import TenantCipher
from integrations.vault.envelope import Place, UnreadableError

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "envelope_vectors.json").read_text())["vectors"]
KEY = AESGCM(bytes(range(32)))
TENANT, ROW = UUID(int=10), UUID(int=20)
PLACE = Place(TENANT, "data", "engine_document", "body", ROW)
RANDOM = bytes(range(56))
SEALED = envelope.seal(KEY, 3, envelope.aad(PLACE), b"a secret order", random=RANDOM)


def place_of(vector):
    row_id = UUID(vector["row_id"]) if vector["row_is_uuid"] else vector["row_id"]
    return Place(UUID(vector["tenant"]), vector["purpose"], vector["table"], vector["column"], row_id)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_vectors_of_a_second_implementation_agree(vector):
    key = AESGCM(bytes.fromhex(vector["tenant_key"]))
    text, expected = bytes.fromhex(vector["plaintext"]), bytes.fromhex(vector["envelope"])
    aad = envelope.aad(place_of(vector))
    sealed = envelope.seal(key, vector["key_version"], aad, text, random=bytes.fromhex(vector["random"]))
    assert sealed == expected
    assert envelope.open_(key, aad, expected) == text
    assert envelope.key_version_of(expected) == vector["key_version"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_cipher_opens_the_vectors(vector):
    place, version = place_of(vector), vector["key_version"]
    keys = {version: bytes.fromhex(vector["tenant_key"])}
    cipher = TenantCipher(place.tenant_id, place.purpose, keys, current=version)
    assert cipher.aad(place.table, place.column, place.row_id) == envelope.aad(place)
    opened = cipher.open(place.table, place.column, place.row_id, bytes.fromhex(vector["envelope"]))
    assert opened == bytes.fromhex(vector["plaintext"])


@given(st.binary(max_size=3000), st.uuids(), st.text(min_size=1, max_size=60))
def test_what_was_sealed_opens_in_its_place(text, tenant_id, row_id):
    cipher = TenantCipher(tenant_id, "data", {1: bytes(32), 2: bytes(range(32))}, current=2)
    sealed = cipher.seal("t", "c", row_id, text)
    assert len(sealed) == len(text) + 96
    assert cipher.open("t", "c", row_id, sealed) == text


def test_no_flipped_bit_opens():
    cipher = TenantCipher(TENANT, "data", {3: bytes(range(32)), 2: bytes(range(32))}, current=3)
    for bit in range(len(SEALED) * 8):
        flipped = bytearray(SEALED)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(UnreadableError):
            cipher.open("engine_document", "body", ROW, bytes(flipped))


ELSEWHERE = {
    "another tenant": replace(PLACE, tenant_id=UUID(int=11)),
    "another purpose": replace(PLACE, purpose="cred"),
    "another table": replace(PLACE, table="engine_attempt"),
    "another column": replace(PLACE, column="reply"),
    "another row": replace(PLACE, row_id=UUID(int=21)),
    "column and table run together": replace(PLACE, table="engine_documentb", column="ody"),
    "the row as text": replace(PLACE, row_id=str(ROW)),
}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_an_envelope_opens_nowhere_else(place):
    with pytest.raises(UnreadableError) as refusal:
        envelope.open_(KEY, envelope.aad(place), SEALED)
    assert refusal.value.code == "vault.altered"


def test_no_truncated_envelope_opens():
    for length in range(len(SEALED)):
        with pytest.raises(UnreadableError):
            envelope.open_(KEY, envelope.aad(PLACE), SEALED[:length])


SWAPS = {
    "key version": (4, 8),
    "wrapped key": (8, 68),
    "nonce": (68, 80),
    "header": (0, 68),
    "body": (68, None),
}


@pytest.mark.parametrize("cut", SWAPS.values(), ids=SWAPS)
def test_parts_of_two_envelopes_do_not_mix(cut):
    start, end = cut
    other = envelope.seal(KEY, 4, envelope.aad(PLACE), b"a secret 0rder", random=bytes(56))
    mixed = SEALED[:start] + other[start:end] + (SEALED[end:] if end else b"")
    with pytest.raises(UnreadableError):
        envelope.open_(KEY, envelope.aad(PLACE), mixed)


DOWNGRADES = {
    "plain text": b"a secret order, long enough to pass for an envelope" * 3,
    "empty": b"",
    "version 0": SEALED[:2] + b"\0" + SEALED[3:],
    "version 2": SEALED[:2] + b"\2" + SEALED[3:],
    "no algorithm": SEALED[:3] + b"\0" + SEALED[4:],
    "algorithm 2": SEALED[:3] + b"\2" + SEALED[4:],
    "no magic": b"\0\0" + SEALED[2:],
    "sealed credential": b"7S" + SEALED[2:],
}


@pytest.mark.parametrize("stored", DOWNGRADES.values(), ids=DOWNGRADES)
def test_no_other_form_is_readable(stored):
    cipher = TenantCipher(TENANT, "data", {3: bytes(range(32))}, current=3)
    with pytest.raises(UnreadableError) as refusal:
        cipher.open("engine_document", "body", ROW, stored)
    assert refusal.value.code == "vault.not_an_envelope"
    assert b"secret" not in str(refusal.value).encode()


def test_a_rewrapped_envelope_keeps_its_body_and_leaves_the_old_key():
    newer, aad = AESGCM(b"n" * 32), envelope.aad(PLACE)
    header = envelope.rewrap(KEY, newer, 9, aad, SEALED[: envelope.HEADER_BYTES], random=bytes(12))
    rewrapped = header + SEALED[envelope.HEADER_BYTES :]
    assert envelope.key_version_of(rewrapped) == 9
    assert envelope.open_(newer, aad, rewrapped) == b"a secret order"
    with pytest.raises(UnreadableError):
        envelope.open_(KEY, aad, rewrapped)


@pytest.mark.parametrize("size", [0, 12, 55, 57])
def test_randomness_of_another_size_is_a_bug(size):
    with pytest.raises(ValueError, match="random bytes"):
        envelope.seal(KEY, 1, envelope.aad(PLACE), b"", random=bytes(size))


def test_each_write_has_a_data_key_and_nonces_of_its_own():
    cipher = TenantCipher(TENANT, "data", {1: bytes(32)}, current=1)
    sealed = [cipher.seal("t", "c", ROW, b"same") for _ in range(200)]
    for cut in (slice(8, 20), slice(20, 68), slice(68, 80), slice(80, None)):
        assert len({one[cut] for one in sealed}) == 200


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_parts_are_unambiguous(one, other):
    assert (envelope.parts(*one) == envelope.parts(*other)) == (one == other)
