"""Real files by other people, read by our codecs: what passes, what does not and why.

Each module is named by a folder of the corpora and holds ``check``: it takes the folder and yields one Result
for each thing that was tried with each file. ``make conformance`` prints the table and writes it to
docs/reference/conformance.md; the test runs the same checks. Without the corpora both say so and do nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Literal

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

What = Literal["decode", "refuse", "round trip", "twin"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file.

    what: decode (a valid file is read), refuse (a malformed one is refused with a place), round trip (what is
    written back is what was read, but for what the format leaves free), twin (the values equal those of the
    JSON or other file that stands beside it). reason: why it failed; for a failure that is right (the file
    itself is wrong, the feature is outside what we support) the explanation, with ``is_explained``.
    """

    file: str
    what: What
    passed: bool
    reason: str = ""
    is_explained: bool = False


def modules() -> dict[str, Callable[[Path], Iterator[Result]]]:
    """Give the check of each folder; an underscore in a module's name stands for a dash of the folder."""
    found = [m.name for m in iter_modules(__path__) if not m.name.startswith(("test_", "__"))]
    return {name.replace("_", "-"): import_module(f"{__name__}.{name}").check for name in found}
