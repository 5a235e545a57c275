from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.graph.flow import Edge, Flow, Node
from integrations.web.drawing.flow_graph import (
    BOX_HEIGHT,
    BOX_WIDTH,
    Count,
    Direction,
    Picture,
    draw,
    subtitle,
)


def flow(*steps: str, edges: str) -> Flow:
    """``flow("a", "b:for_each", edges="a>b b.each>c")``."""
    nodes = tuple(
        Node(key, kind or "map", key.title()) for key, _, kind in (step.partition(":") for step in steps)
    )
    parts = [edge.partition(">") for edge in edges.split()]
    return Flow(
        nodes, tuple(Edge(s.partition(".")[0], s.partition(".")[2] or "next", t) for s, _, t in parts)
    )


def at(picture: Picture) -> dict[str, tuple[float, float]]:
    return {box.key: (box.x, box.y) for box in picture.boxes}


def overlapping(picture: Picture) -> list[tuple[str, str]]:
    return [
        (a.key, b.key)
        for a, b in combinations(picture.boxes, 2)
        if abs(a.x - b.x) < BOX_WIDTH and abs(a.y - b.y) < BOX_HEIGHT
    ]


def test_a_chain_stands_in_one_straight_column() -> None:
    places = at(draw(flow("a", "b", "c", edges="a>b b>c")))
    assert {x for x, _ in places.values()} == {16.0}
    assert places["a"][1] < places["b"][1] < places["c"][1]


def test_to_the_right_a_chain_is_one_row() -> None:
    places = at(draw(flow("a", "b", "c", edges="a>b b>c"), direction="right"))
    assert len({y for _, y in places.values()}) == 1
    assert places["a"][0] < places["b"][0] < places["c"][0]


def test_yes_stands_before_no_whatever_the_order_of_the_edges() -> None:
    for edges in ("b.yes>y b.no>n", "b.no>n b.yes>y"):
        places = at(draw(flow("b:branch", "n", "y", edges=edges)))
        assert places["y"][0] < places["n"][0]


def test_an_error_edge_is_marked_and_does_not_bend_the_main_line() -> None:
    picture = draw(flow("a", "b", "oops:raise", edges="a>b a.error>oops"))
    assert [arrow.is_error for arrow in picture.arrows] == [False, True]
    assert at(picture)["a"][0] == pytest.approx(at(picture)["b"][0], abs=9)


def test_ports_carry_their_words_except_next() -> None:
    picture = draw(flow("a", "b:branch", "c", "d", edges="a>b b.yes>c b.no>d"))
    assert [arrow.chip and arrow.chip.text for arrow in picture.arrows] == [None, "yes", "no"]


def test_a_loop_body_is_framed_and_nothing_else_is() -> None:
    picture = draw(flow("l:for_each", "x", "y", "z", "e", edges="l.each>x x>y l.done>z l.error>e"))
    (frame,) = picture.frames
    inside = {
        key
        for key, (x, y) in at(picture).items()
        if frame.x <= x < frame.x + frame.width and frame.y <= y < frame.y + frame.height
    }
    assert inside == {"x", "y"}
    assert at(picture)["z"][1] >= frame.y + frame.height


def test_loops_in_loops_are_frames_in_frames() -> None:
    picture = draw(flow("l:for_each", "m:for_each", "x", "z", edges="l.each>m m.each>x l.done>z"))
    outer, inner = sorted(picture.frames, key=lambda frame: -frame.width)
    assert (outer.key, inner.key) == ("l", "m")
    assert outer.x < inner.x
    assert inner.y + inner.height < outer.y + outer.height


def test_a_step_that_the_body_shares_with_the_rest_is_not_in_the_frame() -> None:
    picture = draw(flow("a", "l:for_each", "x", "oops", edges="a>l l.each>x x.error>oops a.error>oops"))
    (frame,) = picture.frames
    x, y = at(picture)["oops"]
    assert not (frame.x <= x < frame.x + frame.width and frame.y <= y < frame.y + frame.height)


def test_figures_stand_at_their_step_and_tone_its_outline() -> None:
    picture = draw(
        flow("a", "b", edges="a>b"), counts={"b": [Count("2 running", "run"), Count("1 failed", "bad")]}
    )
    assert [(box.tone, [chip.text for chip in box.chips]) for box in picture.boxes] == [
        ("", []),
        ("bad", ["2 running", "1 failed"]),
    ]
    assert picture.boxes[1].full == "B, Map fields, 2 running, 1 failed"


def test_a_draft_with_a_ring_and_edges_to_nowhere_is_drawn() -> None:
    picture = draw(flow("a", "b", edges="a>b b>a a>gone a.error>a"))
    assert len(picture.arrows) == 2
    assert overlapping(picture) == []


def test_nothing_is_an_empty_picture() -> None:
    assert draw(Flow()).boxes == ()


def test_a_long_title_is_cut_and_whole_in_its_description() -> None:
    picture = draw(Flow((Node("a", "map", "W" * 90),)))
    assert picture.boxes[0].title.endswith("…")
    assert picture.boxes[0].full.startswith("W" * 90)


def test_a_call_says_connector_and_operation() -> None:
    assert subtitle(Node("a", "call", config={"connector": "ship_station", "operation": "get_rates"})) == (
        "ship station · get rates"
    )
    assert subtitle(Node("a", "http", config={"url": "https://api.example.com/x?y"})) == "api.example.com"


@st.composite
def flows(draw_: st.DrawFn) -> Flow:
    count = draw_(st.integers(1, 14))
    kinds = draw_(st.lists(st.sampled_from(["map", "for_each", "branch"]), min_size=count, max_size=count))
    ports = st.sampled_from(["next", "yes", "no", "error", "each", "done"])
    pairs = st.tuples(st.integers(0, count - 1), ports, st.integers(0, count - 1))
    edges = draw_(st.lists(pairs, max_size=24, unique_by=lambda edge: (edge[0], edge[1])))
    nodes = tuple(Node(f"s{n}", kind) for n, kind in enumerate(kinds))
    return Flow(nodes, tuple(Edge(f"s{a}", port, f"s{b}") for a, port, b in edges))


@given(flows(), st.sampled_from(["down", "right"]))
def test_boxes_never_overlap_and_stay_in_the_picture(any_flow: Flow, direction: Direction) -> None:
    picture = draw(any_flow, direction=direction)
    assert overlapping(picture) == []
    assert len(picture.boxes) == len(any_flow.nodes)
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - BOX_WIDTH
        assert 0 <= box.y <= picture.height - BOX_HEIGHT


@given(flows())
def test_no_frame_cuts_through_a_box(any_flow: Flow) -> None:
    picture = draw(any_flow)
    for frame in picture.frames:
        for box in picture.boxes:
            inside = frame.x <= box.x and box.x + BOX_WIDTH <= frame.x + frame.width
            inside = inside and frame.y <= box.y and box.y + BOX_HEIGHT <= frame.y + frame.height
            beside = box.x + BOX_WIDTH <= frame.x or frame.x + frame.width <= box.x
            above = box.y + BOX_HEIGHT <= frame.y or frame.y + frame.height <= box.y
            assert inside or beside or above


def test_two_hundred_steps_are_placed() -> None:
    keys = [f"s{n}" for n in range(200)]
    edges = " ".join(f"{a}>{b}" for a, b in pairwise(keys))
    assert len(draw(flow(*keys, edges=edges)).boxes) == 200
