"""Flows are named in addresses by id or by short name."""

import re
from typing import Final
from uuid import UUID

from integrations.api.resource import uuid_or_none
from integrations.errors import AccessError
from integrations.flows import queries
from integrations.flows.models import Flow
from integrations.tenants.access import Actor

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def flow_named(by: Actor, name: str) -> Flow:
    """Give the flow. Raises AccessError."""
    row_id = uuid_or_none(name)
    if row_id is not None:
        return queries.flow(by, row_id)
    if not SLUG.fullmatch(name) or len(name) > 60:
        raise AccessError
    return queries.flow_by_slug(by, name)


def flow_id(by: Actor, name: str) -> UUID:
    """Give the flow's id, without asking whether there is one where it is an id. Raises AccessError."""
    return uuid_or_none(name) or flow_named(by, name).id
