"""What the fuzzer found once, and the samples: none of it may break a decoder again."""

from pathlib import Path

import pytest

from integrations.formats.registry import FORMATS
from tests.fuzz.decoders import attempt, seeds

FOUND = sorted(file for file in (Path(__file__).parent / "found").glob("*/*") if file.is_file())


@pytest.mark.parametrize("key", FORMATS)
def test_samples_pass_the_trial(key: str) -> None:
    once = attempt(key)
    for seed in seeds(key):
        once(seed)
        once(seed[: len(seed) // 2])


@pytest.mark.parametrize("file", [pytest.param(file, id=f"{file.parent.name}/{file.name}") for file in FOUND])
def test_what_was_found_stays_mended(file: Path) -> None:
    attempt(file.parent.name)(file.read_bytes())
