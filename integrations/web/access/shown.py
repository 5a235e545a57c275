"""What the pages of API keys and members show."""

from dataclasses import dataclass
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from integrations.errors import AccessError
from integrations.tenants import queries
from integrations.tenants.access import PERMISSIONS, Actor
from integrations.tenants.models import ApiKey, Role, User

ROLES = {
    Role.OWNER: "everything, members, API keys and the audit trail included",
    Role.BUILDER: "flows, connections, replays; no members and no API keys",
    Role.VIEWER: "sees everything but payloads, addresses and the audit trail",
}


@dataclass(frozen=True, slots=True)
class KeyShown:
    """state: on, expired or revoked. id: its cursor."""

    row: ApiKey
    scopes: tuple[tuple[str, str], ...]

    @property
    def id(self) -> object:
        return self.row.id

    @property
    def state(self) -> str:
        if self.row.revoked_at is not None:
            return "revoked"
        is_over = self.row.expires_at is not None and self.row.expires_at <= timezone.now()
        return "expired" if is_over else "on"


def key(row: ApiKey) -> KeyShown:
    return KeyShown(row, tuple((name, PERMISSIONS[name].title) for name in row.scopes if name in PERMISSIONS))


def members(by: Actor) -> dict[str, object]:
    return {
        "members": queries.members(by),
        "invitations": queries.invitations(by),
        "roles": [(str(role), role.label, words) for role, words in ROLES.items()],
        "me": by.id,
    }


def invitation_url(token: str) -> str:
    return urljoin(settings.SEVENM.public_url, reverse("web:invitation", args=[token]))


def person(request: HttpRequest) -> User:
    """Give who is signed in. Raises AccessError."""
    if not isinstance(request.user, User):
        raise AccessError
    return request.user
