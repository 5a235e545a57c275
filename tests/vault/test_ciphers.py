import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from integrations.vault.ciphers import Ciphers, Kept
from integrations.vault.envelope import UnreadableError
from integrations.vault.keyring import Keyring, create_missing
from integrations.vault.purposes import Purpose

TENANT, ROW = UUID(int=7), UUID(int=9)


class Store:
    """Rows in memory behind the two functions that the engine gives."""

    def __init__(self):
        self.rows = []
        self.loads = 0

    async def load(self, tenant_id, purpose):
        self.loads += 1
        await asyncio.sleep(0)
        return [row for row in self.rows if (row.tenant_id, row.purpose) == (tenant_id, purpose)]

    async def add(self, key):
        self.rows.append(key)


@pytest.fixture
def ring(tmp_path):
    create_missing(tmp_path, Purpose)
    return Keyring(tmp_path, Purpose)


async def test_the_first_use_makes_the_key_and_many_wait_for_one_load(ring):
    store = Store()
    ciphers = Ciphers(ring, store.load, store.add)
    found = await asyncio.gather(*(ciphers.get(TENANT, "data") for _ in range(50)))
    assert len(store.rows) == 1
    assert store.loads == 2
    assert len(set(map(id, found))) == 1
    assert ciphers.peek(TENANT, "data") is found[0]


async def test_a_value_of_a_newer_key_is_opened_after_loading_again(ring):
    store = Store()
    ciphers, other = Ciphers(ring, store.load, store.add), Ciphers(ring, store.load, store.add)
    await ciphers.get(TENANT, "data")
    store.rows = [replace(store.rows[0], is_current=False), ring.new_tenant_key(TENANT, "data", 2)]
    sealed = (await other.get(TENANT, "data")).seal("t", "c", ROW, b"x")
    assert await ciphers.open(TENANT, "data", ("t", "c", ROW), sealed) == b"x"


async def test_a_shredded_tenant_gets_no_new_key(ring):
    store = Store()
    store.rows = [
        replace(ring.new_tenant_key(TENANT, "data"), wrapped=b"", is_current=False, is_destroyed=True)
    ]
    with pytest.raises(UnreadableError):
        await Ciphers(ring, store.load, store.add).get(TENANT, "data")
    assert len(store.rows) == 1


async def test_a_failed_load_is_tried_again(ring):
    store = Store()
    failing = [ConnectionError("away")]

    async def load(tenant_id, purpose):
        if failing:
            raise failing.pop()
        return await store.load(tenant_id, purpose)

    ciphers = Ciphers(ring, load, store.add)
    with pytest.raises(ConnectionError):
        await ciphers.get(TENANT, "data")
    assert (await ciphers.get(TENANT, "data")).current == 1


def test_kept_values_end_and_are_bounded():
    now = [0.0]
    kept = Kept(lifetime_s=30, most=3, clock=lambda: now[0])
    for number in range(4):
        kept.put((UUID(int=number), "data"), number)
    assert [kept.get((UUID(int=number), "data")) for number in range(4)] == [None, 1, 2, 3]
    kept.forget(UUID(int=2))
    assert kept.get((UUID(int=2), "data")) is None
    now[0] = 31
    assert kept.get((UUID(int=3), "data")) is None
