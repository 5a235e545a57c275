"""A token that the merchant pastes once (RFC 6750)."""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import override

from integrations.connectors.auth.static import StaticScheme, secret


class Bearer(StaticScheme):
    """``Authorization: Bearer {token}``."""

    kind: Literal["bearer"]
    field: str = "access_token"
    title: str = "Access token"

    @override
    def secret_fields(self) -> Mapping[str, str]:
        return {self.field: self.title}

    @override
    def headers(self, secrets: Mapping[str, str], token: str = "") -> Mapping[str, str]:
        return {"Authorization": f"Bearer {secret(secrets, self.field)}"}
