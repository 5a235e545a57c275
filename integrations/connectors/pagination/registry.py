"""Every pagination kind, one line each."""

from typing import Annotated, TypeAlias

from pydantic import Field

from integrations.connectors.pagination.link_header import LinkHeader
from integrations.connectors.pagination.offset import Offset
from integrations.connectors.pagination.page import NumberedPages

Pagination: TypeAlias = Annotated[
    LinkHeader | NumberedPages | Offset,
    Field(discriminator="kind"),
]
