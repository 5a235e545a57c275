"""What the kinds without a login share: they have none."""

from collections.abc import Mapping
from datetime import datetime

from typing_extensions import override

from integrations.connectors.auth.scheme import Login, Scheme, Token
from integrations.connectors.client import OutboundRequest, OutboundResponse
from integrations.errors import CredentialError


class StaticScheme(Scheme):
    """The secrets go with each call as they are."""

    @property
    @override
    def login_path(self) -> str:
        return ""

    @override
    def login(self, base_url: str, secrets: Mapping[str, str]) -> OutboundRequest | None:
        return None

    @override
    def read_token(self, response: OutboundResponse, now: datetime) -> Token:
        raise AssertionError("a kind without a login was asked for a token")

    @override
    def serve_login(self, headers: Mapping[str, str], secrets: Mapping[str, str], token: Token) -> Login:
        raise AssertionError("a kind without a login was asked to serve one")


def secret(secrets: Mapping[str, str], name: str) -> str:
    """Give a secret that may stand in a header. Raises CredentialError."""
    value = secrets.get(name, "")
    if not value:
        raise CredentialError(
            "connection.secret_missing", "The connection has no secret.", hint="Enter it again.", place=name
        )
    if not value.isprintable() or not value.isascii():
        raise CredentialError(
            "connection.secret_form", "The secret holds characters that cannot be sent.", place=name
        )
    return value
