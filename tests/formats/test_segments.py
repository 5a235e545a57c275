"""The segment engine: trees, putting together, taking apart, fixed columns."""

from operator import methodcaller
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.formats.segments.assemble import Assembly, Fault
from integrations.formats.segments.flatten import Flattener
from integrations.formats.segments.plan import Plan
from integrations.formats.segments.positional import Column, Layout, compile_cut, compile_fill, in_a_row
from integrations.formats.segments.tree import grow

KEYS = [f"{number:02}" for number in range(1, 20)]
ROWS: list[Any] = [
    [0, "s", "UNH", 1, 1],
    [0, "s", "RFF", 0, None],
    [0, "s", "DTM", 0, 1, {"n": "Ordered", "c": {"01": ["4"]}}],
    [0, "s", "DTM", 0, 1, {"n": "Due", "c": {"01": ["2"]}}],
    [0, "g", "PAY", 0, 1],
    [1, "s", "NM1", 1, 1, {"c": {"01": ["PR"]}}],
    [1, "s", "N4", 0, 1],
    [0, "g", "GET", 0, None],
    [1, "s", "NM1", 1, 1, {"c": {"01": ["PE"]}}],
    [1, "s", "N4", 0, 1],
    [0, "g", "LIN", 0, None],
    [1, "s", "LIN", 1, 1],
    [1, "s", "QTY", 0, 9],
    [1, "g", "LOC", 0, None],
    [2, "s", "LOC", 1, 1],
    [0, "s", "RFF", 0, 1],
]
TREE = grow("T", ROWS)


def read(parts: list[str]) -> Any:
    return dict(zip(KEYS, parts, strict=False))


def write(name: str) -> Any:
    return lambda segment: "+".join([name, *segment.values()])


def assembled(text: str, **more: Any) -> tuple[list[Any], int]:
    segments, at, found = text.split("'"), 0, []
    assembly = Assembly(Plan(TREE, lambda _: read, **more), methodcaller("split", "+"), frozenset({"UNT"}))
    while True:
        at += assembly.take(segments[at:])
        if not assembly.is_cut:
            return [*found, assembly.finish()], at
        found.append(assembly.cut_part())


def flattened(record: Any) -> str:
    flattener = Flattener(
        TREE, write, lambda name, parts: "+".join([name, *parts]), frozenset(), has_trailer=False
    )
    return "'".join(flattener.flatten(record))


def test_rows_of_one_id_that_follow_each_other_are_one_place() -> None:
    dates = TREE.children[2]
    assert (dates.key, dates.repeats, [v.title for v in dates.variants]) == ("DTM", True, ["Ordered", "Due"])  # type: ignore[union-attr]


def test_an_id_that_comes_back_has_a_key_of_its_own() -> None:
    (record,), _ = assembled("UNH+1'RFF+a'LIN+1'RFF+b")
    assert record == {
        "UNH": {"01": "1"},
        "RFF": [{"01": "a"}],
        "LIN": [{"LIN": {"01": "1"}}],
        "RFF_2": {"01": "b"},
    }


def test_what_may_repeat_is_a_list_and_the_message_ends_before_its_end() -> None:
    (record,), taken = assembled("UNH+1'LIN+1'QTY+5'LOC+x'LOC+y'LIN+2'UNT+9'UNH+2")
    assert taken == 6
    assert record["LIN"] == [
        {"LIN": {"01": "1"}, "QTY": [{"01": "5"}], "LOC": [{"LOC": {"01": "x"}}, {"LOC": {"01": "y"}}]},
        {"LIN": {"01": "2"}},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "UNH+1'NM1+PE'N4+a'NM1+PR'N4+b'NM1+PE'LIN+1",
        "UNH+1'ZZZ+1++'LIN+1'QTY+1'DTM+4'ZZZ",
        "UNH+1'NM1+??'N4+lost'LIN+1",
        "UNH+1'NM1+PR'NM1+PR+again'N4+lost'RFF+1",
        "ZZZ+first'UNH+1",
    ],
    ids=["out of order", "unknown", "no such qualifier", "once too often", "before the first"],
)
def test_what_is_not_as_the_tree_says_is_written_as_it_was(text: str) -> None:
    (record,), _ = assembled(text)
    assert flattened(record) == text


def test_segments_after_a_lost_loop_do_not_go_into_the_loop_before() -> None:
    (record,), _ = assembled("UNH+1'NM1+PR'NM1+??'N4+lost'LIN+1")
    assert record["PAY"]["NM1"] == {"01": "PR"}
    assert [found["id"] for found in record["PAY"]["_unexpected"]] == ["NM1", "N4"]


def test_segments_without_a_place_can_be_refused() -> None:
    assembly = Assembly(Plan(TREE, lambda _: read), methodcaller("split", "+"), frozenset(), keeps=False)
    with pytest.raises(Fault, match="unexpected"):
        assembly.take(["UNH+1", "LIN+1", "ZZZ+1"])
    assert assembly.count == 3


def test_a_large_message_is_cut_at_an_inner_loop() -> None:
    records, _ = assembled("UNH+1'LIN+1'LOC+a'LOC+b'LIN+2'LIN+3'LOC+c'RFF+z", part="LOC")
    assert [record["_part"] for record in records] == [1, 2, 3]
    assert [[line["LIN"]["01"] for line in record["LIN"]] for record in records] == [["1"], ["1"], ["2", "3"]]
    assert ["RFF_2" in record for record in records] == [False, False, True]
    assert all(record["UNH"] == {"01": "1"} for record in records)


@given(
    st.lists(
        st.sampled_from(["UNH", "RFF", "DTM+4", "NM1+PR", "NM1+PE", "NM1", "N4", "LIN", "QTY", "LOC", "ZZ"])
    )
)
@settings(max_examples=200, deadline=None)
def test_any_order_of_segments_comes_back(names: list[str]) -> None:
    text = "'".join(f"{name}+{number}" for number, name in enumerate(names))
    (record,), taken = assembled(text) if names else ([{}], 0)
    assert taken == len(names)
    assert flattened(record) == text


@pytest.mark.parametrize(
    "record",
    [{"NEW": {}}, {"RFF": {}}, {"LIN": [1]}, {"LIN": {}}, {"_unexpected": [{"id": 1}]}],
    ids=["unknown key", "no list", "no object", "a loop as an object", "nameless"],
)
def test_records_of_another_shape_are_refused(record: dict[str, Any]) -> None:
    with pytest.raises(Fault):
        flattened(record)


def test_columns_are_cut_and_filled() -> None:
    layout = Layout(
        "L", 12, (Column("id", 1, 4), Column("count", 5, 4, is_right=True, pad="0"), Column("note", 9, 4))
    )
    line = compile_fill(layout)({"id": "A", "count": "7", "note": "x y"})
    assert line == "A   0007x y "
    assert compile_cut(layout)(line) == {"id": "A", "count": "0007", "note": "x y"}
    assert compile_cut(layout)("A") == {"id": "A"}
    assert in_a_row("R", (("a", 2), ("b", 3))).columns[1] == Column("b", 3, 3)
    with pytest.raises(Fault, match="too_long"):
        compile_fill(layout)({"id": "ABCDE"})
