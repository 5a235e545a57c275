"""Every auth kind, one line each."""

from typing import Annotated, TypeAlias

from pydantic import Field

from integrations.connectors.auth.api_key import ApiKey
from integrations.connectors.auth.basic import Basic
from integrations.connectors.auth.bearer import Bearer
from integrations.connectors.auth.token_exchange import TokenExchange

AuthScheme: TypeAlias = Annotated[
    ApiKey | Basic | Bearer | TokenExchange,
    Field(discriminator="kind"),
]
