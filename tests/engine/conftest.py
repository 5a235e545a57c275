"""Worlds (see `tests.engine.world`) and a downstream that remembers every call."""

from collections.abc import Iterator

import pytest

from bench import processes
from bench.sink import SinkClient
from tests.engine.world import Shop, World, opened
from tests.stack import Stack


@pytest.fixture(scope="package")
def world(stack: Stack, django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """One door and one engine, shared: every test makes tenants of its own."""
    with opened(stack, django_db_blocker) as made:
        made.engine()
        made.door()
        yield made


@pytest.fixture
def quiet(stack: Stack, django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """A world of the test's own where nothing runs unless the test starts it."""
    with opened(stack, django_db_blocker) as made:
        yield made


@pytest.fixture(scope="package")
def _sink() -> Iterator[SinkClient]:
    with processes.sink() as (client, _):
        yield client


@pytest.fixture
def sink(_sink: SinkClient) -> Iterator[SinkClient]:
    _sink.mode()
    _sink.forget()
    yield _sink
    _sink.mode()


@pytest.fixture
def shop(world: World) -> Shop:
    return world.shop()
