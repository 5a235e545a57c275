"""Documents of any size for each format, and the libraries we compare with: one module a format.

A module holds ``SUBJECTS``. ``bench/codecs.py`` measures them; the contract suite uses them to see that the
memory of a reader does not grow with its document.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules


@dataclass(frozen=True, slots=True)
class Rival:
    """A library that reads the same documents. read: takes the whole document and makes its records."""

    name: str
    read: Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of document to measure.

    document: chunks of a valid document of about so many bytes, made as they are asked for (nothing large is
    held). bar_mbps: megabytes (10^6) a second a core that reading and writing should reach.
    is_whole: readers keep the document whole, because its directory stands at its end.
    """

    format: str
    name: str
    document: Callable[[int], Iterator[bytes]]
    options: Mapping[str, object] = field(default_factory=dict)
    bar_mbps: float | None = None
    rival: Rival | None = None
    is_whole: bool = False


def subjects() -> list[Subject]:
    """Give every subject of every module."""
    return [
        subject
        for module in iter_modules(__path__)
        for subject in import_module(f"{__name__}.{module.name}").SUBJECTS
    ]
