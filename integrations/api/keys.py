"""Who calls: the bearer of an API key."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from typing_extensions import override

from integrations.errors import AccessError
from integrations.tenants import queries, services
from integrations.tenants.access import Actor
from integrations.vault.services import api_key_peppers

KEY_MAX = 200


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer 7m_…``. Whatever is wrong with it, the answer is the same 401."""

    @override
    def authenticate(self, request: Request) -> tuple[None, Actor]:
        kind, _, text = request.headers.get("Authorization", "").strip().partition(" ")
        if kind.lower() != "bearer" or len(text) > KEY_MAX:
            raise AccessError("access.api_key", "Show an API key: Authorization: Bearer 7m_….")
        origin = str(request.META.get("REMOTE_ADDR", ""))
        by = queries.api_key_actor(text.strip(), peppers=api_key_peppers(), origin=origin)
        if by.id is not None:
            services.touch_api_key(tenant_id=by.tenant_id, key_id=by.id)
        return None, by

    @override
    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="7M"'
