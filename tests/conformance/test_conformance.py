"""The real files, where they are at hand: nothing fails without an explanation."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance import CORPORA, Result, modules

Check = Callable[[Path], Iterator[Result]]


@pytest.mark.parametrize(("folder", "check"), modules().items())
def test_real_files(folder: str, check: Check) -> None:
    if not (CORPORA / folder).is_dir():
        pytest.skip("the corpora are not at hand")
    results = list(check(CORPORA / folder))
    assert results
    assert [r for r in results if not r.passed and not r.is_explained] == []
