"""Sending messages to people: by e-mail, and as signed webhooks through the one guarded client."""

import asyncio
import logging
import smtplib
from collections.abc import Sequence
from typing import Final

from django.core.mail import send_mail
from django.utils import timezone

from integrations.connectors.client import Outbound, OutboundRequest
from integrations.connectors.egress import EgressPolicy, Guard
from integrations.desk import messages
from integrations.desk.models import RouteKind
from integrations.desk.services.notices import Delivered, Parcel
from integrations.errors import RemoteError

log = logging.getLogger(__name__)

TOTAL_S: Final = 10.0
ANSWER_BYTES: Final = 64 << 10
AT_ONCE: Final = 20
GONE: Final = 410


async def send_all(parcels: Sequence[Parcel], policy: EgressPolicy, *, site_url: str) -> list[Delivered]:
    """Send messages side by side and say how each went. site_url: of the pages, named in each."""
    room = asyncio.Semaphore(AT_ONCE)
    async with Outbound(Guard(policy), connections=AT_ONCE) as outbound:

        async def send(parcel: Parcel) -> Delivered:
            async with room:
                if parcel.unsendable:
                    return Delivered(parcel, parcel.unsendable, is_final=True)
                if parcel.channel == RouteKind.WEBHOOK:
                    return await _post(outbound, parcel, f"{site_url}/alerts")
                return await asyncio.to_thread(_mail, parcel, site_url)

        return list(await asyncio.gather(*(send(parcel) for parcel in parcels)))


async def _post(outbound: Outbound, parcel: Parcel, url: str) -> Delivered:
    """POST a message. The id stays the same in every attempt, so that the receiver can tell a repeat."""
    message_id, now_s = str(parcel.notice_id), int(timezone.now().timestamp())
    body = messages.webhook(parcel.kind, message_id, parcel.created_at.isoformat(), parcel.facts, url)
    request = OutboundRequest(
        method="POST",
        url=parcel.target,
        headers={
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(now_s),
            "webhook-signature": messages.signature(parcel.secret, message_id, now_s, body),
        },
        body=body,
        first_byte_s=TOTAL_S,
        total_s=TOTAL_S,
        max_bytes=ANSWER_BYTES,
    )
    try:
        answer = await outbound.send(request)
    except RemoteError as error:
        return Delivered(parcel, error.message)
    if 200 <= answer.status < 300:
        return Delivered(parcel)
    return Delivered(parcel, f"It answered {answer.status}.", is_final=answer.status == GONE)


def _mail(parcel: Parcel, site_url: str) -> Delivered:
    subject, text = messages.mail(parcel.kind, parcel.tenant_name, parcel.facts, site_url)
    try:
        send_mail(subject, text, None, [parcel.target])
    except (smtplib.SMTPException, OSError) as error:
        log.warning("notice.mail_failed notice=%s error=%s", parcel.notice_id, type(error).__name__)
        return Delivered(parcel, "The mail server did not take it.")
    return Delivered(parcel)
