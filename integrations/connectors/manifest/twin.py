"""How the service's twin behaves: what it keeps and computes. All else follows from the operations."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from integrations.connectors.manifest.fields import Model

Template: TypeAlias = Any
"""A value whose objects with one ``$`` key are computed; see `twin/template.py`."""


class Ids(Model):
    """How new ids look. style: counting integers, UUIDs, or prefixed numbers; field: where the id stands."""

    field: str = "id"
    style: Literal["integer", "uuid", "prefixed"] = "integer"
    prefix: str = ""
    start: Annotated[int, Field(ge=1)] = 1


class Collection(Model):
    """Things the twin keeps.

    seed: file of ``samples/`` with those it starts with. most: bound; the oldest go first.
    unique: fields that together identify a thing, where it is not the id.
    """

    ids: Ids = Ids()
    unique: tuple[str, ...] = ()
    seed: str = ""
    most: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000


class Behaviour(Model):
    """What the twin does for one operation, beyond what its kind says.

    keeps: the collection it reads or writes. takes: place of the new thing in the body; ``shipments[]``
    takes each. gives: place of the thing, or things, in the answer. by: path or body value that names the
    thing (``path.id``). sets: fields computed and stored. answer: the whole answer, computed. needs:
    things that must exist, as collection to the place of their id. filters: query parameters that must
    equal a field, as parameter to field. checks: conditions with the vendor's code and words where one is
    false. let: values computed first, by name, for the templates after them. upsert: replaces the thing that
    is the same.
    """

    keeps: str = ""
    takes: str = ""
    gives: str = ""
    by: str = ""
    let: dict[str, Template] = {}
    sets: dict[str, Template] = {}
    answer: Template = None
    needs: dict[str, str] = {}
    filters: dict[str, str] = {}
    checks: tuple["Check", ...] = ()
    upsert: bool = False


class Check(Model):
    """A rule of the vendor's that types cannot say."""

    when: Template
    status: int = 422
    code: str = ""
    message: str


class TwinSpec(Model):
    """secrets: the credentials the twin accepts. tables: rows that templates look up."""

    secrets: dict[str, str]
    collections: dict[str, Collection] = {}
    tables: dict[str, list[dict[str, Any]]] = {}


Behaviour.model_rebuild()
