from dataclasses import replace
from uuid import UUID

import pytest

from integrations.errors import ConfigError
from integrations.vault import sealed
from integrations.vault.envelope import Place, UnreadableError

PLACE = Place(UUID(int=1), "cred", "connectors_connection", "secret", UUID(int=2))


@pytest.fixture
def folder(tmp_path):
    sealed.create_missing_pair(tmp_path)
    return tmp_path


def test_the_worker_opens_what_the_web_sealed(folder):
    stored = sealed.read_public(folder).seal(PLACE, b"sk_live")
    assert sealed.is_sealed(stored)
    assert b"sk_live" not in stored
    assert sealed.read_private(folder).unseal(PLACE, stored) == b"sk_live"


def test_the_pair_is_made_once(folder):
    before = (folder / "cred.pub").read_bytes()
    assert sealed.create_missing_pair(folder) is False
    assert (folder / "cred.pub").read_bytes() == before
    assert (folder / "cred.hpke").stat().st_mode & 0o777 == 0o400
    (folder / "cred.pub").unlink()
    sealed.create_missing_pair(folder)
    assert (folder / "cred.pub").read_bytes() == before


def test_the_private_key_must_be_private(folder):
    (folder / "cred.hpke").chmod(0o440)
    with pytest.raises(ConfigError):
        sealed.read_private(folder)


ELSEWHERE = {
    "tenant": replace(PLACE, tenant_id=UUID(int=9)),
    "row": replace(PLACE, row_id=UUID(int=9)),
    "column": replace(PLACE, column="config"),
    "purpose": replace(PLACE, purpose="data"),
}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_credential_opens_in_its_place_only(folder, place):
    stored = sealed.read_public(folder).seal(PLACE, b"sk_live")
    with pytest.raises(UnreadableError):
        sealed.read_private(folder).unseal(place, stored)


def test_no_flipped_bit_and_no_cut_opens(folder):
    stored, private = sealed.read_public(folder).seal(PLACE, b"sk"), sealed.read_private(folder)
    spoiled = [stored[:length] for length in range(len(stored))]
    for bit in range(len(stored) * 8):
        flipped = bytearray(stored)
        flipped[bit // 8] ^= 1 << bit % 8
        spoiled.append(bytes(flipped))
    for one in spoiled:
        with pytest.raises(UnreadableError):
            private.unseal(PLACE, one)


def test_another_key_is_told_apart_from_an_altered_value(folder, tmp_path):
    other = tmp_path / "other"
    sealed.create_missing_pair(other)
    stored = sealed.read_public(other).seal(PLACE, b"sk")
    with pytest.raises(UnreadableError) as refusal:
        sealed.read_private(folder).unseal(PLACE, stored)
    assert refusal.value.code == "vault.sealed_to_another"
