"""User name and password (RFC 7617)."""

import base64
from collections.abc import Mapping
from typing import Literal

from typing_extensions import override

from integrations.connectors.auth.static import StaticScheme, secret
from integrations.errors import CredentialError


class Basic(StaticScheme):
    """``Authorization: Basic …``; both halves are kept as secrets."""

    kind: Literal["basic"]
    username_field: str = "username"
    username_title: str = "User name"
    password_field: str = "password"  # noqa: S105  a name, not a secret
    password_title: str = "Password"  # noqa: S105  a label, not a secret

    @override
    def secret_fields(self) -> Mapping[str, str]:
        return {self.username_field: self.username_title, self.password_field: self.password_title}

    @override
    def headers(self, secrets: Mapping[str, str], token: str = "") -> Mapping[str, str]:
        username = secret(secrets, self.username_field)
        if ":" in username:
            raise CredentialError(
                "connection.secret_form", "A user name cannot hold a colon.", place=self.username_field
            )
        pair = f"{username}:{secret(secrets, self.password_field)}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
