"""Long-lived keys are exchanged for a short-lived bearer token at a login path."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from typing_extensions import override

from integrations.connectors.auth.scheme import Login, Scheme, Token
from integrations.connectors.auth.static import secret
from integrations.connectors.client import OutboundRequest, OutboundResponse
from integrations.connectors.paths import pick
from integrations.errors import CredentialError, UnavailableError


class TokenExchange(Scheme):
    """A login call gives a token for the calls after it.

    send: header of the login to the secret it carries. token_path, expiry_path: places in its answer.
    lifetime_s: how long a token lives where the answer does not say.
    """

    kind: Literal["token_exchange"]
    path: str
    send: dict[str, str]
    titles: dict[str, str]
    token_path: str = "token"  # noqa: S105  a place, not a secret
    expiry_path: str = ""
    lifetime_s: int = 1800

    @property
    @override
    def login_path(self) -> str:
        return self.path

    @override
    def secret_fields(self) -> Mapping[str, str]:
        return self.titles

    @override
    def headers(self, secrets: Mapping[str, str], token: str = "") -> Mapping[str, str]:
        return {"Authorization": f"Bearer {token}"}

    @override
    def login(self, base_url: str, secrets: Mapping[str, str]) -> OutboundRequest | None:
        headers = {header: secret(secrets, name) for header, name in self.send.items()}
        headers["Content-Type"] = "application/json"
        return OutboundRequest(
            method="POST", url=base_url + self.path, headers=headers, body=b"{}", total_s=15
        )

    @override
    def read_token(self, response: OutboundResponse, now: datetime) -> Token:
        status = response.status
        if status in {408, 425, 429} or status >= 500:
            raise UnavailableError(
                "remote.login_unavailable",
                "The service cannot sign us in at the moment.",
                status=status,
                sent=False,
            )
        if status >= 300:
            raise CredentialError(
                "connection.refused", "The service refused the credentials.", hint="Enter them again."
            )
        try:
            body = msgspec.json.decode(response.body)
        except msgspec.DecodeError as error:
            raise _unreadable() from error
        token = pick(body, self.token_path)
        if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()):
            raise _unreadable()
        return Token(token, self._expiry(pick(body, self.expiry_path) if self.expiry_path else None, now))

    def _expiry(self, text: object, now: datetime) -> datetime:
        longest = now + timedelta(seconds=self.lifetime_s)
        if not isinstance(text, str):
            return longest
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return longest
        return min(moment if moment.tzinfo else moment.replace(tzinfo=UTC), longest)

    @override
    def serve_login(self, headers: Mapping[str, str], secrets: Mapping[str, str], token: Token) -> Login:
        if any(headers.get(header) != secrets[name] for header, name in self.send.items()):
            return Login(401, {})
        body = {self.token_path: token.value}
        if self.expiry_path:
            body[self.expiry_path] = token.expires_at.strftime("%Y-%m-%dT%H:%M:%S%z")
        return Login(201, body)


def _unreadable() -> UnavailableError:
    return UnavailableError("remote.bad_answer", "The service's login answered without a token.", sent=False)
