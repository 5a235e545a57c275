"""Who the service is, and what a merchant fills in to reach it."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from integrations.connectors.manifest.fields import Model

Category: TypeAlias = Literal[
    "accounting", "ai", "analytics", "banking", "commerce", "crm", "database", "dev-tools", "erp", "files",
    "healthcare", "hr", "marketing", "messaging", "payments", "productivity", "shipping", "support", "tax",
]  # fmt: skip
Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]


class Headline(Model):
    """What a list of connectors shows; stands at the top of every manifest, before the first empty line."""

    key: Key
    title: str
    category: Category
    summary: str
    docs_url: Annotated[str, Field(pattern=r"^https://")]


class ConfigField(Model):
    """A value that is not secret and that the merchant gives: a shop's name, a region.

    pattern: what it must match whole; the default keeps it a single label, because it may become part of a
    host.
    """

    title: str
    help: str = ""
    required: bool = True
    default: str = ""
    example: str = ""
    options: tuple[str, ...] = ()
    pattern: str = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


class SecretField(Model):
    """A value that is a secret: asked once, sealed at once, never shown again."""

    title: str
    help: str = ""
    example: str = ""
