import pytest

from integrations.delivery.states import CANCELLABLE, FINAL, TRANSITIONS, State, label, move, sources
from integrations.errors import ConflictError

LEGAL = [
    ("ACCEPTED", "RUNNING"), ("ACCEPTED", "CANCELLED"),
    ("RUNNING", "SUCCEEDED"), ("RUNNING", "WAITING"), ("RUNNING", "IN_DOUBT"), ("RUNNING", "DEAD"),
    ("RUNNING", "ACCEPTED"), ("RUNNING", "CANCELLED"),
    ("WAITING", "ACCEPTED"), ("WAITING", "CANCELLED"),
    ("IN_DOUBT", "SUCCEEDED"), ("IN_DOUBT", "ACCEPTED"), ("IN_DOUBT", "DEAD"), ("IN_DOUBT", "CANCELLED"),
    ("DEAD", "ACCEPTED"), ("DEAD", "EXPIRED"), ("DEAD", "CANCELLED"),
]  # fmt: skip


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_the_ways_of_the_diagram_are_legal(state: State, to: State) -> None:
    if (state.name, to.name) in LEGAL:
        assert move(state, to) is to
        return
    with pytest.raises(ConflictError) as refused:
        move(state, to)
    assert refused.value.code == "run.illegal_transition"


def test_nothing_leaves_a_final_state() -> None:
    assert set(FINAL) == {State.SUCCEEDED, State.CANCELLED, State.EXPIRED}


def test_a_person_cancels_what_waits() -> None:
    assert set(CANCELLABLE) == {State.ACCEPTED, State.WAITING, State.IN_DOUBT, State.DEAD}


def test_every_state_can_be_reached_from_accepted_and_can_end() -> None:
    def reach(start: State) -> set[State]:
        seen, todo = {start}, [start]
        while todo:
            new = TRANSITIONS[todo.pop()] - seen
            seen |= new
            todo += new
        return seen

    assert reach(State.ACCEPTED) == set(State)
    assert all(reach(state) & FINAL for state in State)


def test_the_stored_numbers_do_not_change() -> None:
    assert [(state.name, state.value) for state in State] == [
        ("ACCEPTED", 1), ("RUNNING", 2), ("WAITING", 3), ("IN_DOUBT", 4),
        ("SUCCEEDED", 5), ("DEAD", 6), ("CANCELLED", 7), ("EXPIRED", 8),
    ]  # fmt: skip


def test_sources_name_where_a_write_may_start() -> None:
    assert sources(State.ACCEPTED) == (State.RUNNING, State.WAITING, State.IN_DOUBT, State.DEAD)
    assert label(State.IN_DOUBT) == "in doubt"
