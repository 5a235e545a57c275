"""Generated records for the round trips of the contract suite, one module a format.

A module is named by the format's key and holds ``ROUNDS``: name → (options, strategy of lists of records).
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from hypothesis import strategies as st

ROUND_TRIPS: dict[str, tuple[str, dict[str, Any], st.SearchStrategy[Any]]] = {
    f"{module.name}/{name}": (module.name, options, records)
    for module in iter_modules(__path__)
    for name, (options, records) in import_module(f"{__name__}.{module.name}").ROUNDS.items()
}
