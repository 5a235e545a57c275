"""Links in mail that lead to one page of one tenant. They are signed, and open nothing without a sign-in."""

from typing import Final
from uuid import UUID

from django.core import signing

from integrations.errors import AccessError

SALT: Final = "7m approval"
DAYS: Final = 31


def approval_path(tenant_id: UUID, approval_id: UUID) -> str:
    """Give the path of the page where a question is decided, for a member of several tenants too."""
    return f"/approvals/link/{signing.dumps([tenant_id.hex, approval_id.hex], salt=SALT)}/"


def read_approval_link(signed: str) -> tuple[UUID, UUID]:
    """Give tenant and question of a link. Raises AccessError for one that we did not make, or long ago."""
    try:
        tenant, approval = signing.loads(signed, salt=SALT, max_age=DAYS * 86400)
        return UUID(tenant), UUID(approval)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise AccessError from error
