import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.tenants.ids import moment_of, new_id, uuid7_at

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_ids_of_one_process_only_grow():
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_id_is_a_uuid_of_version_7():
    made = new_id()
    assert made.version == 7
    assert made == UUID(str(made))
    assert hash(made) == hash(UUID(str(made)))
    assert abs(moment_of(made) - datetime.now(UTC)) < timedelta(seconds=5)


def test_threads_never_make_the_same_id():
    with ThreadPoolExecutor(4) as pool:
        batches = pool.map(lambda _: [new_id() for _ in range(5_000)], range(4))
    made = [one for batch in batches for one in batch]
    assert len(set(made)) == 20_000


def test_a_forked_child_draws_its_own_randomness():
    new_id()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"".join(new_id().bytes[8:] for _ in range(50)))
        os._exit(0)
    os.waitpid(child, 0)
    of_child = os.read(read, 8 * 50)
    os.close(read)
    os.close(write)
    of_parent = b"".join(new_id().bytes[8:] for _ in range(50))
    tails = {of_child[at : at + 8] for at in range(0, 400, 8)}
    assert not tails & {of_parent[at : at + 8] for at in range(0, 400, 8)}


@given(st.integers(1, 2**42).map(lambda ms: EPOCH + timedelta(milliseconds=ms, microseconds=ms % 1000)))
def test_the_bound_of_a_moment_parts_before_from_after(moment):
    bound = uuid7_at(moment)
    assert moment_of(bound) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert uuid7_at(moment - timedelta(milliseconds=1)) < bound < uuid7_at(moment + timedelta(milliseconds=1))


def test_a_new_id_lies_between_the_bounds_of_its_time():
    before = datetime.now(UTC)
    made = new_id()
    assert uuid7_at(before) <= made < uuid7_at(datetime.now(UTC) + timedelta(milliseconds=2))


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        uuid7_at(EPOCH.replace(tzinfo=None))
