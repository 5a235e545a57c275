"""One round of telling people, in the worker: write what is due, close what is settled, send."""

import asyncio
import logging
from itertools import groupby
from typing import Final
from uuid import UUID

from integrations.connectors.egress import EgressPolicy
from integrations.desk.services import alerts, approval_notices, notices
from integrations.desk.services.notices import DIGEST_S, Parcel
from integrations.desk.transports import send_all
from integrations.errors import SevenMError

log = logging.getLogger(__name__)

MOST: Final = 30
"""Messages in a round: with a mail server that hangs, all of them end before their lease of 120 s does."""


def make_round(policy: EgressPolicy, *, site_url: str, digest_s: float = DIGEST_S) -> int:
    """Tell about the alerts and approvals of every tenant; give how many messages were taken.

    Safe to run twice at once.

    site_url: of the pages, without a slash at its end.
    """
    parcels: list[Parcel] = []
    for tenant_id in notices.alerted_tenants():
        try:
            parcels += _due(tenant_id, digest_s, MOST - len(parcels))
        except (
            SevenMError
        ) as error:  # of one tenant: its keys are gone, say; the others are told all the same
            log.warning("notices.not_planned tenant=%s code=%s", tenant_id, error.code)
    if not parcels:
        return 0
    delivered = asyncio.run(send_all(parcels, policy, site_url=site_url))
    for tenant_id, some in groupby(delivered, key=lambda one: one.parcel.tenant_id):
        notices.settle(tenant_id=tenant_id, delivered=some)
    taken = sum(not one.error for one in delivered)
    log.info("notices.sent taken=%d failed=%d", taken, len(delivered) - taken)
    return taken


def _due(tenant_id: UUID, digest_s: float, limit: int) -> list[Parcel]:
    notices.plan(tenant_id=tenant_id, digest_s=digest_s)
    approval_notices.plan(tenant_id=tenant_id)
    alerts.close_settled(tenant_id=tenant_id)
    return notices.claim(tenant_id=tenant_id, limit=limit) if limit > 0 else []
