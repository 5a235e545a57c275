"""Resources that tests share: the servers, and ways into the database as each role.

Tests that use the ORM ask pytest-django as usual (``@pytest.mark.django_db``, ``transactional_db``) and run
as ``sevenm_owner``, whom row-level security lets see everything. To act as a process of the product does:

- ``with as_role("web"): ...`` turns the ORM's own connection into ``sevenm_web``, inside the test's
  transaction, so that rows made before as the owner are there;
- ``connect("web")`` is a new psycopg connection signed in as ``sevenm_web``, which sees only what was
  committed: use it with ``transactional_db``;
- ``role_url("engine")`` is the address for a pool of the engine's own.

Tests that start the product's processes ask for ``stack`` and give them ``stack.environ("web")``.

``--full`` runs long forms: outages and loads as long as the promise says, where CI runs them scaled down, and
longer walks of the models. ``make chaos`` is ``pytest -m chaos --full``. A test asks for `is_full`.

``-n 2``, as ``make test`` has it, runs the folders in two processes, each with servers of its own. A folder
stays whole and in order, so that what it shares is started once (docs/decisions/0023).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Final

import psycopg
import pytest
from django.db import connection
from xdist.scheduler import LoadScopeScheduling

from integrations.vault import services as vault
from integrations.vault.keyring import Keyring
from integrations.vault.purposes import Purpose
from integrations.vault.sealed import read_private, read_public
from tests import stack as stacks
from tests.settings import HOME

LONG = ("browser", "chaos", "engine", "web", "contracts", "sevenm")
LONGEST_FIRST: Final = {folder: place for place, folder in enumerate(LONG)}


@pytest.fixture(scope="session")
def stack() -> stacks.Stack:
    """Start PostgreSQL and Valkey for the whole session."""
    return stacks.start(HOME)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run fault and model tests at full length")


class ByFolder(LoadScopeScheduling):
    """Hands out whole folders, the longest first: begun last, it would run alone."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("/")[1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFolder:
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST_FIRST.get(item.nodeid.split("/")[1], len(LONGEST_FIRST)))


@pytest.fixture(scope="session")
def is_full(pytestconfig: pytest.Config) -> bool:
    """Say whether faults and loads last as long as the promises say."""
    return bool(pytestconfig.getoption("--full"))


def pytest_unconfigure(config: pytest.Config) -> None:
    if HOME.exists():
        stacks.remove(HOME)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(stack: stacks.Stack) -> None:
    """Have the servers running and this process's keys at hand before Django first connects."""
    use_keys_of(stack)


def use_keys_of(stack: stacks.Stack) -> None:
    """Give this process the session's keys; the product's own processes read the same files."""
    vault.use_keys(
        Keyring(stack.config.keys, Purpose),
        sealer=read_public(stack.config.keys),
        unsealer=read_private(stack.config.keys),
    )


@pytest.fixture
def keys_given_back(stack: stacks.Stack) -> Iterator[None]:
    """For tests that give this process other keys: the next test has the session's again."""
    yield
    use_keys_of(stack)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Take the migrated database that the cluster was copied with."""
    return True


@pytest.fixture
def role_url(stack: stacks.Stack) -> Callable[[str], str]:
    return lambda role: stack.database(role).conninfo


@pytest.fixture
def connect(
    role_url: Callable[[str], str], transactional_db: None
) -> Iterator[Callable[[str], psycopg.Connection[tuple[object, ...]]]]:
    with ExitStack() as opened:
        yield lambda role: opened.enter_context(psycopg.connect(role_url(role)))


@pytest.fixture
def as_role(db: None) -> Callable[[str], AbstractContextManager[None]]:
    @contextmanager
    def switch(role: str) -> Iterator[None]:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE sevenm_{role}")
        try:
            yield
        finally:
            if not connection.needs_rollback and not connection.closed_in_transaction:
                with connection.cursor() as cursor:
                    cursor.execute("RESET ROLE")

    return switch
