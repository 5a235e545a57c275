"""What every auth kind offers, to the caller and to the twin."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime

import msgspec
from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from integrations.connectors.client import OutboundRequest, OutboundResponse


class Token(msgspec.Struct, frozen=True):
    """What a login gave. expires_at: aware UTC."""

    value: str
    expires_at: datetime

    @override
    def __repr__(self) -> str:
        return "Token(…)"


class Login(msgspec.Struct, frozen=True):
    """What the twin's login answers: status and JSON body."""

    status: int
    body: dict[str, str]


class Scheme(BaseModel, ABC):
    """One auth kind with its settings from a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    @abstractmethod
    def login_path(self) -> str:
        """Path of the login call; "" where the secrets themselves go with each call."""

    @abstractmethod
    def secret_fields(self) -> Mapping[str, str]:
        """Give the secrets to ask for, name to title."""

    @abstractmethod
    def headers(self, secrets: Mapping[str, str], token: str = "") -> Mapping[str, str]:
        """Give the headers that carry the proof."""

    @abstractmethod
    def login(self, base_url: str, secrets: Mapping[str, str]) -> OutboundRequest | None:
        """Make the login call; None for kinds without one."""

    @abstractmethod
    def read_token(self, response: OutboundResponse, now: datetime) -> Token:
        """Read what the login gave. Raises CredentialError or UnavailableError."""

    @abstractmethod
    def serve_login(self, headers: Mapping[str, str], secrets: Mapping[str, str], token: Token) -> Login:
        """Answer a login at the twin."""
