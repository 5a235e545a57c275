"""The suite every format passes: it runs over the registry and over each format's samples."""

import tracemalloc
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.formats import Subject, subjects
from integrations.errors import ConfigError, InputError, LimitError
from integrations.formats import registry
from integrations.formats.codec import Codec, Limits, Record, Value, parse_options
from integrations.formats.json.codec import CODEC as JSON
from integrations.formats.json.codec import JsonOptions
from tests.formats.rounds import ROUND_TRIPS

FORMATS_DIR = Path(registry.__file__).parent
LIMITS = Limits()
load = JSON.document(JsonOptions(), LIMITS)
dump = JSON.dump(JsonOptions())


class Case:
    def __init__(self, folder: Path) -> None:
        case: Any = load((folder / "case.json").read_bytes())
        self.case: dict[str, Any] = case
        self.codec: Codec[Any] = registry.codec(folder.parent.parent.name)
        self.options = parse_options(self.codec, self.case["options"])
        self.data = next(folder.glob("document.*")).read_bytes()

    def without(self, option: str) -> "Case":
        other = copy(self)
        kept = {key: value for key, value in self.case["options"].items() if key != option}
        other.options = parse_options(self.codec, kept)
        return other


def folders(*, good: bool) -> list[Any]:
    found = sorted(FORMATS_DIR.glob("*/samples/*/"))
    return [
        pytest.param(Case(folder), id=f"{folder.parent.parent.name}/{folder.name}")
        for folder in found
        if folder.name.startswith("bad-") != good
    ]


GOOD, BAD = folders(good=True), folders(good=False)
ROUNDS = [pytest.param(*made, id=name) for name, made in ROUND_TRIPS.items()]


def cut(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]


def run(
    case: Case, chunks: Iterable[bytes], limits: Limits = LIMITS
) -> tuple[list[Record], tuple[str, str] | None]:
    """Read until the end or the first error: what came out, and the error's code and place."""
    records: list[Record] = []
    try:
        records.extend(case.codec.reader(case.options, limits)(chunks))
    except InputError as failure:
        error = failure
    else:
        return records, None
    assert error.place, error
    assert error.code.startswith(case.codec.key + ".")
    return records, (error.code, error.place)


def plain(value: Value) -> Value:
    """As JSON tells it, so that dates and decimals compare with what a sample's file says."""
    return load(dump(value))


def test_every_folder_is_registered_and_complete() -> None:
    kept = {folder.parent.name for folder in FORMATS_DIR.glob("*/codec.py")}
    assert kept == set(registry.FORMATS)
    for key in kept:
        assert (FORMATS_DIR / key / "help.md").read_text().startswith("# ")
        assert {True, False} == {
            p.values[0].case.get("error") is None for p in GOOD + BAD if p.values[0].codec.key == key
        }
        assert key in {made[0] for made in ROUND_TRIPS.values()}


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"format\.unknown") as refused:
        registry.codec("edifact2")
    assert "json" in refused.value.hint


@pytest.mark.parametrize("key", registry.FORMATS)
def test_unknown_options_are_refused_with_their_path(key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_options(registry.codec(key), {"delimter": "SECRET"})
    assert "delimter" in {problem.place for problem in refused.value.problems}
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("key", registry.FORMATS)
def test_a_form_can_be_made_of_the_options(key: str) -> None:
    schema = registry.codec(key).Options.model_json_schema()
    models = [schema, *schema.get("$defs", {}).values()]
    fields = [field for model in models for field in model["properties"].values()]
    assert fields
    assert all("title" in field for field in fields)


@pytest.mark.parametrize("case", GOOD)
def test_samples_decode_to_the_expected_records(case: Case) -> None:
    records, error = run(case, [case.data])
    assert error is None
    assert plain([*records]) == case.case["records"]


@pytest.mark.parametrize("case", GOOD)
def test_samples_survive_a_round_trip(case: Case) -> None:
    records, _ = run(case, [case.data])
    written = b"".join(case.codec.writer(case.options)(records))
    assert list(case.codec.reader(case.options, LIMITS)([written])) == records


@pytest.mark.parametrize("case", GOOD)
def test_samples_split_into_the_same_records(case: Case) -> None:
    pieces = list(case.codec.split(case.options, LIMITS)([case.data]))
    assert [piece.kind for piece in pieces] == case.case["split"]
    assert [p.number for p in pieces if p.kind == "item"] == list(
        range(1, case.case["split"].count("item") + 1)
    )
    assert all(piece.raw in case.data.replace(b"\n\n", b"\n") for piece in pieces)
    records, _ = run(case, [case.data])
    assert [piece.record for piece in pieces][-len(records) :] == records


@pytest.mark.parametrize("case", BAD)
def test_bad_samples_are_refused_with_their_place(case: Case) -> None:
    _, error = run(case, [case.data])
    assert error == (case.case["error"]["code"], case.case["error"]["place"])


@pytest.mark.parametrize("case", GOOD + BAD)
@given(sizes=st.lists(st.integers(0, 40), max_size=60))
@settings(max_examples=15, deadline=None)
def test_any_chunking_gives_the_same(case: Case, sizes: list[int]) -> None:
    whole = run(case, [case.data])
    assert run(case, cut(case.data, sizes)) == whole
    assert run(case, cut(case.data, [1] * len(case.data))) == whole


@pytest.mark.parametrize("case", GOOD)
def test_a_document_cut_anywhere_is_refused_or_shorter_never_a_crash(case: Case) -> None:
    whole, _ = run(case, [case.data])
    for end in range(len(case.data)):
        records, error = run(case, [case.data[:end]])
        assert error or len(records) <= len(whole)


@pytest.mark.parametrize("case", GOOD)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_garbage_is_refused_with_a_place_never_a_crash(case: Case, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(case.data)))
    junk = data.draw(
        st.binary(max_size=6) | st.sampled_from([b'"', b"\\", b"[", b"}", b"\n", b"\0", b"\xff", b"\r"])
    )
    run(case, [case.data[:at] + junk + case.data[at + data.draw(st.integers(0, 5)) :]])


@pytest.mark.parametrize("key", registry.FORMATS)
@given(junk=st.binary(max_size=300))
@settings(max_examples=50, deadline=None)
def test_noise_is_refused_with_a_place_never_a_crash(key: str, junk: bytes) -> None:
    case = next(param.values[0] for param in GOOD if param.values[0].codec.key == key)
    assert isinstance(case, Case)
    run(case, [junk])
    guess = case.codec.sniff(junk)
    assert guess is None or 0.0 < guess.confidence <= 1.0


@pytest.mark.parametrize("case", GOOD)
def test_errors_hold_no_payload(case: Case) -> None:
    marked = case.data.replace(b"BAG-01", b"CANARY").replace(b"A-1", b"CANARY")
    for end in range(0, len(marked), 3):
        try:
            list(case.codec.reader(case.options, LIMITS)([marked[:end] + b"\x01" + marked[end:]]))
        except InputError as failure:
            assert "CANARY" not in f"{failure} {failure.hint}"  # noqa: PT017  the text is the point


@pytest.mark.parametrize("case", GOOD)
def test_the_limits_hold(case: Case) -> None:
    read = case.codec.reader
    exact = replace(LIMITS, max_bytes=len(case.data))
    assert list(read(case.options, exact)([case.data]))
    with pytest.raises(LimitError, match="too_large"):
        list(read(case.options, replace(LIMITS, max_bytes=len(case.data) - 1))(cut(case.data, [7] * 9)))
    with pytest.raises(LimitError, match="too_many_records"):
        list(read(case.options, replace(LIMITS, max_records=0))([case.data]))


@pytest.mark.parametrize("case", GOOD)
def test_sniffing_prefers_the_right_format_where_it_can_tell(case: Case) -> None:
    guesses = dict(registry.sniff(case.data))
    best = max(guess.confidence for guess in guesses.values())
    if best >= 0.5:
        assert guesses[case.codec.key].confidence == best


@pytest.mark.parametrize(("key", "options", "records"), ROUNDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_encoded_decodes_to_the_same(
    key: str, options: dict[str, Any], records: st.SearchStrategy[list[Record]], data: st.DataObject
) -> None:
    codec, made = registry.codec(key), data.draw(records)
    parsed = parse_options(codec, options)
    written = b"".join(codec.writer(parsed)(made))
    assert list(codec.reader(parsed, LIMITS)(cut(written, [3, 1, 50]))) == made
    if key != "json":
        assert codec.document(parsed, LIMITS)(codec.dump(parsed)([*made])) == made


@pytest.mark.parametrize("subject", [pytest.param(s, id=f"{s.format}/{s.name}") for s in subjects()])
def test_memory_stays_flat(subject: Subject) -> None:
    """Three times the document does not take half as much memory again."""
    if subject.is_whole:
        pytest.skip("its directory stands at its end: it is kept whole, within max_bytes")
    peaks = [peak_bytes(subject, size) for size in (200_000, 600_000)]
    assert peaks[1] < peaks[0] * 1.5


def peak_bytes(subject: Subject, size: int) -> int:
    form = registry.codec(subject.format)
    options = parse_options(form, subject.options)
    chunks = list(subject.document(size))
    tracemalloc.start()
    try:
        count = sum(piece.kind == "item" for piece in form.split(options, LIMITS)(chunks))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count
    return peak


def test_every_format_has_a_document_to_measure() -> None:
    assert {subject.format for subject in subjects()} == set(registry.FORMATS)
