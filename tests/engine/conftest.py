"""Worlds (see `tests.engine.world`) and a downstream that remembers every call."""

from collections.abc import Iterator
from typing import Any

import pytest

from bench import processes
from bench.sink import SinkClient
from integrations.connectors import loader
from integrations.connectors.services import Wanted, create_connection
from integrations.flows import demo
from integrations.partners.services import save_partner, save_table
from tests.engine.world import Shop, World, opened
from tests.stack import Stack
from tests.twins import demo_twins


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


@pytest.fixture(scope="package")
def twins() -> Iterator[str]:
    with demo_twins() as url:
        yield url


@pytest.fixture(scope="package")
def demo_shop(stack: Stack, django_db_setup: None, django_db_blocker: Any, twins: str) -> Iterator[Shop]:
    """A tenant with the demo's connections, partners and tables, in a world whose engine finds the twins."""
    with opened(stack, django_db_blocker) as world:
        world.engine(sandbox_url=twins)
        world.door()
        shop = world.shop()
        with world.orm():
            for name, connector in demo.CONNECTIONS.items():
                fields = loader.manifest(connector).config
                config = {key: field.example for key, field in fields.items() if not field.default}
                create_connection(by=shop.actor, connector=connector, wanted=Wanted(name, "twin", config, {}))
            for key, (name, profile) in demo.PARTNERS.items():
                save_partner(by=shop.actor, key=key, name=name, profile=profile)
            rows = demo.HARBOR_ARTICLES
            save_table(by=shop.actor, key="harbor-articles", title="Articles", rows=rows)
        yield shop
