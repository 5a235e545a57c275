"""Makes the three database roles and prepares a database for them; used by the supervisor and by tests."""

from dataclasses import dataclass
from importlib.resources import files

import psycopg

_SQL = files("integrations.tenants") / "sql"
_PASSWORDS = (
    "SELECT set_config('sevenm.owner_password', %s, false), set_config('sevenm.web_password', %s, false),"
    " set_config('sevenm.engine_password', %s, false)"
)


@dataclass(frozen=True, slots=True)
class RolePasswords:
    """Each at least 16 characters."""

    owner: str
    web: str
    engine: str


def create_roles(connection: psycopg.Connection[object], passwords: RolePasswords) -> None:
    """Create or update the roles in the cluster of a superuser's connection."""
    with connection.transaction():
        connection.execute(_PASSWORDS, (passwords.owner, passwords.web, passwords.engine))
        connection.execute((_SQL / "roles.sql").read_bytes())
        connection.execute(_PASSWORDS, ("", "", ""))


def prepare_database(connection: psycopg.Connection[object]) -> None:
    """Give the connected database to sevenm_owner and close it to everybody else but the two other roles."""
    with connection.transaction():
        connection.execute((_SQL / "database.sql").read_bytes())
