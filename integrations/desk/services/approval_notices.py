"""Writing to those who are asked to decide: one message to each, once, with a link to the page."""

from datetime import UTC
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower, Now

from integrations.desk.links import approval_path
from integrations.desk.models import Notice, NoticeKind, RouteKind
from integrations.desk.queries.names import names
from integrations.engine.models import Approval
from integrations.tenants.binding import bind
from integrations.tenants.models import Member

AT_ONCE: Final = 100
MOST_MEMBERS: Final = 100


def plan(*, tenant_id: UUID) -> int:
    """Write the messages about new questions; give how many. Safe to run twice at once."""
    with bind(tenant_id):
        found = Approval.objects.select_for_update(skip_locked=True).defer("body", "comment")
        new = list(found.filter(tenant_id=tenant_id, told_at=None, decision="").order_by("id")[:AT_ONCE])
        if not new:
            return 0
        known = names(tenant_id, flows=[asked.flow_id for asked in new])
        notices = [
            Notice(
                tenant_id=tenant_id,
                channel=RouteKind.EMAIL,
                target=email,
                kind=NoticeKind.APPROVAL,
                alert_ids=[],
                facts=[_fact(asked, known.flow(asked.flow_id))],
            )
            for asked in new
            for email in _approvers(asked)
        ]
        Notice.objects.bulk_create(notices)
        Approval.objects.filter(tenant_id=tenant_id, id__in=[asked.id for asked in new]).update(told_at=Now())
    return len(notices)


def _approvers(asked: Approval) -> list[str]:
    """Give the addresses of those members who may decide; who left the tenant is not written to."""
    members = Member.objects.filter(tenant_id=asked.tenant_id, user__is_active=True)
    members = members.annotate(address=Lower("user__email"))
    chosen = members.filter(Q(role__in=asked.roles) | Q(address__in=asked.people))
    return list(chosen.order_by("id").values_list("user__email", flat=True)[:MOST_MEMBERS])


def _fact(asked: Approval, flow_name: str) -> dict[str, str]:
    return {
        "approval": str(asked.id),
        "title": asked.title,
        "flow_name": flow_name,
        "due_at": f"{asked.due_at.astimezone(UTC):%Y-%m-%d %H:%M}",
        "path": approval_path(asked.tenant_id, asked.id),
    }
