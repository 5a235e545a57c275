"""All templates: their categories in words, and finding those that fit."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.flows.templates.search import Entry, Index
from integrations.formats.registry import FORMATS

CATEGORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "orders": "Orders",
        "stock": "Stock and prices",
        "money": "Money",
        "customers": "Customers",
        "people": "People and health",
        "messages": "Messages",
    }
)
ASKED_MAX: Final = 200


def find(asked: str = "", category: str = "") -> list[Template]:
    """Give the templates that fit what was asked, best first; all by title where nothing is asked.

    category: a key of `CATEGORIES`, "" for all.
    """
    asked = " ".join(asked.split())[:ASKED_MAX]
    found = map(loader.template, index().rank(asked)) if asked else loader.every()
    return [one for one in found if category in ("", one.about.category)]


@lru_cache(maxsize=1)
def index() -> Index:
    """Make the index over what templates say of themselves."""
    return Index(tuple(map(_entry, loader.every())))


def _entry(template: Template) -> Entry:
    about = template.about
    formats = " ".join(f"{key} {FORMATS[key].title}" for key in about.formats)
    fields: Sequence[tuple[str, float]] = (
        (about.title, 4.0),
        (" ".join(about.words), 3.0),
        (" ".join(template.system_titles), 4.0),
        (formats, 3.0),
        (CATEGORIES[about.category], 2.0),
        (about.summary, 2.0),
        (about.story, 1.0),
    )
    return Entry(template.key, tuple(fields))
