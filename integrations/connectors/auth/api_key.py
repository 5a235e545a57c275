"""A key in a header of the vendor's choice."""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import override

from integrations.connectors.auth.static import StaticScheme, secret


class ApiKey(StaticScheme):
    """``header: {prefix}{key}``."""

    kind: Literal["api_key"]
    header: str
    prefix: str = ""
    field: str = "api_key"
    title: str = "API key"

    @override
    def secret_fields(self) -> Mapping[str, str]:
        return {self.field: self.title}

    @override
    def headers(self, secrets: Mapping[str, str], token: str = "") -> Mapping[str, str]:
        return {self.header: self.prefix + secret(secrets, self.field)}
