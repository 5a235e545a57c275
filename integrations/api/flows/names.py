"""Flows are named in addresses by id or short name, and in filters by their name as well."""

import re
from typing import Final
from uuid import UUID

from integrations.api.resource import uuid_or_none
from integrations.errors import AccessError, ConfigError
from integrations.flows import queries
from integrations.flows.models import Flow
from integrations.tenants.access import Actor

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def flow_named(by: Actor, name: str) -> Flow:
    """Give the flow with this id or short name. Raises AccessError."""
    row_id = uuid_or_none(name)
    if row_id is not None:
        return queries.flow(by, row_id)
    if not SLUG.fullmatch(name) or len(name) > 60:
        raise AccessError
    return queries.flow_by_slug(by, name)


def flow_id(by: Actor, name: str) -> UUID:
    """Give the id; one that is an id already is looked at by whoever takes it. Raises AccessError."""
    return uuid_or_none(name) or flow_named(by, name).id


def chosen_flow(by: Actor, name: str) -> UUID | None:
    """Give the id of the flow that a filter means by id, short name or name; None for an empty text.

    Raises AccessError; ConfigError ``flow.ambiguous`` where several have the name.
    """
    if not name:
        return None
    try:
        return flow_named(by, name).id
    except AccessError:
        called = queries.flows_called(by, name)
        if not called:
            raise
        if len(called) > 1:
            raise ConfigError(
                "flow.ambiguous", "Several flows have this name.", hint="Give the short name.", place="flow"
            ) from None
        return called[0].id
