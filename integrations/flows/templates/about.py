"""What ``about.yaml`` says of a template: its story, and what its flow names."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Category: TypeAlias = Literal["orders", "stock", "money", "customers", "people", "messages"]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]


class Part(BaseModel):
    """Base of every part: frozen, and a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sample(Part):
    """A document of our own to try the flow with. headers: what its sender would add to it."""

    file: Annotated[str, Field(pattern=r"^sample[a-z0-9_-]*\.[a-z0-9]+$")]
    title: Text
    headers: dict[str, str] = {}


class PartnerAbout(Part):
    """A trading partner that the flow names."""

    name: Text
    profile: dict[str, dict[str, Any]] = {}


class TableAbout(Part):
    """A lookup table that the flow names."""

    title: Text
    rows: dict[str, str]


class About(Part):
    """story: a paragraph in a merchant's words. words: what people may call it, for the search.

    formats: keys of formats that it reads or writes. connections: the names that the flow uses, with their
    connectors. result: what comes out of the sample, in a sentence. change: what to look at before it goes
    live, such as numbers of accounts.
    """

    title: Text
    category: Category
    summary: Text
    story: Text
    words: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    connections: dict[str, Key] = {}
    partners: dict[Key, PartnerAbout] = {}
    tables: dict[str, TableAbout] = {}
    sample: Sample | None = None
    result: Text
    change: tuple[str, ...] = ()
