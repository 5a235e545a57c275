"""The checker finds nothing in a sound history and every planted fault in a broken one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.history import Effect, Kind, Outcome, Rules, Run, Submission, check, merge

ORDERED = Rules(ordered=True)


def submission(n, *, outcome=Outcome.OK, lane="", at=None):
    sent = float(n) if at is None else at
    return Submission(f"s{n}", outcome, sent, sent + 0.5, lane, f"body{n}", f"r{n}")


def effect(n, *, key=None, at=None, lane="", body=None):
    return Effect(f"s{n}", key or f"d{n}", n + 0.3 if at is None else at, lane, body or f"body{n}")


def run(n, state="succeeded"):
    return Run(f"r{n}", state, f"s{n}")


def sound(count=6, lanes=2):
    return (
        [submission(n, lane=f"k{n % lanes}") for n in range(count)],
        [effect(n, lane=f"k{n % lanes}") for n in range(count)],
        [run(n) for n in range(count)],
    )


def kinds(verdict):
    return {finding.kind for finding in verdict.findings}


def test_a_sound_history_is_clean():
    verdict = check(*sound(), rules=ORDERED, accepted=6)
    assert verdict.is_clean, str(verdict)
    assert (verdict.counts["ok"], verdict.counts["succeeded"], verdict.counts["effects"]) == (6, 6, 6)


def test_a_lost_run_is_found():
    sent, effects, runs = sound()
    verdict = check(sent, effects[:5], runs[:5])
    assert [(one.kind, one.subject) for one in verdict.findings] == [(Kind.LOST, "s5")]


def test_a_success_without_effect_is_a_loss():
    sent, effects, runs = sound()
    assert [one.subject for one in check(sent, effects[1:], runs).of(Kind.LOST)] == ["s0"]


@pytest.mark.parametrize("state", ["dead", "in_doubt", "waiting", "cancelled", "expired"])
def test_a_named_state_without_effect_is_no_loss(state):
    assert check([submission(0)], [], [run(0, state)]).is_clean


@pytest.mark.parametrize("state", ["accepted", "running"])
def test_an_open_run_at_the_end_is_found(state):
    assert kinds(check([submission(0)], [], [run(0, state)])) == {Kind.OPEN}
    assert check([submission(0)], [], [run(0, state)], rules=Rules(settled=False)).is_clean


def test_an_effect_under_two_delivery_keys_is_a_double():
    sent, effects, runs = sound()
    assert kinds(check(sent, [*effects, effect(2, key="other", at=9.0)], runs)) == {Kind.DOUBLE}


def test_one_delivery_key_for_two_submissions_is_a_double():
    sent, effects, runs = sound()
    effects[3] = replace(effects[3], key=effects[2].key)
    assert kinds(check(sent, effects, runs)) == {Kind.DOUBLE}


def test_repeats_count_only_where_the_destination_cannot_deduplicate():
    sent, effects, runs = sound()
    effects += [effect(2, at=8.0), effect(3, at=9.0)]
    assert check(sent, effects, runs).is_clean
    assert check(sent, effects, runs, rules=Rules("at_least_once", repeats_allowed=2)).is_clean
    assert kinds(check(sent, effects, runs, rules=Rules("at_least_once", repeats_allowed=1))) == {Kind.DOUBLE}
    assert kinds(check(sent, effects, runs, rules=Rules("at_most_once"))) == {Kind.DOUBLE}


def test_two_runs_of_one_submission_are_a_double():
    sent, effects, runs = sound()
    assert kinds(check(sent, effects, [*runs, Run("r9", "succeeded", "s1")])) == {Kind.DOUBLE}


def test_swapped_bodies_are_found():
    sent, effects, runs = sound()
    effects[0], effects[1] = replace(effects[0], body="body1"), replace(effects[1], body="body0")
    assert [one.subject for one in check(sent, effects, runs).of(Kind.SWAP)] == ["s0", "s1"]


def test_an_effect_nobody_submitted_is_a_ghost():
    sent, effects, runs = sound()
    assert kinds(check(sent, [*effects, effect(99)], [*runs, run(99)])) == {Kind.GHOST}


def test_an_effect_of_a_refused_submission_is_found():
    refused = submission(0, outcome=Outcome.REFUSED)
    assert kinds(check([refused], [effect(0)], [run(0)])) == {Kind.REFUSED}
    assert check([refused], [], []).is_clean


@pytest.mark.parametrize("happened", [True, False])
def test_an_unknown_submission_may_or_may_not_have_happened(happened):
    unknown = submission(0, outcome=Outcome.UNKNOWN)
    assert check([unknown], [effect(0)] * happened, [run(0)] * happened).is_clean


def test_an_effect_before_an_earlier_one_of_its_lane_is_found():
    sent, effects, runs = sound()
    effects[0] = replace(effects[0], at=2.9)
    assert [one.subject for one in check(sent, effects, runs, rules=ORDERED).of(Kind.ORDER)] == ["s2"]
    assert check(sent, effects, runs).is_clean


def test_overlapping_submissions_have_no_order():
    sent = [submission(0, lane="k", at=0.0), submission(1, lane="k", at=0.4)]
    effects = [effect(0, lane="k", at=5.0), effect(1, lane="k", at=4.0)]
    assert check(sent, effects, [run(0), run(1)], rules=ORDERED).is_clean


@pytest.mark.parametrize(
    ("state", "dead_head", "expected"),
    [
        ("dead", "block", {Kind.ORDER}),
        ("dead", "skip", set()),
        ("waiting", "skip", {Kind.ORDER}),
        ("cancelled", "block", set()),
    ],
)
def test_a_head_without_effect_blocks_as_the_flow_says(state, dead_head, expected):
    sent = [submission(0, lane="k"), submission(1, lane="k")]
    verdict = check(
        sent, [effect(1, lane="k")], [run(0, state), run(1)], rules=Rules(ordered=True, dead_head=dead_head)
    )
    assert kinds(verdict) == expected


def test_accepted_must_equal_the_named_states():
    assert kinds(check(*sound(), accepted=7)) == {Kind.BALANCE}
    assert kinds(check([submission(0)], [], [run(0, "vanished")])) == {Kind.STATE, Kind.BALANCE}


def test_runs_without_names_are_joined_by_the_answer_and_then_counted():
    sent, effects, runs = sound()
    nameless = [Run(one.id, one.state) for one in runs]
    assert check(sent, effects, nameless).is_clean
    assert [one.subject for one in check(sent, effects, nameless[1:]).of(Kind.LOST)] == ["s0"]
    strangers = [replace(one, run="") for one in sent]
    assert check(strangers, effects, nameless).is_clean
    assert kinds(check(strangers, effects, nameless[1:])) == {Kind.LOST}
    assert kinds(check(strangers, effects, [*nameless, Run("r9", "dead")])) == {Kind.GHOST}


def test_a_submission_sent_again_is_accepted_at_its_first_2xx():
    again = [
        Submission("s", Outcome.UNKNOWN, 1.0, 1.5),
        Submission("s", Outcome.OK, 2.0, 2.5, run="r"),
        Submission("s", Outcome.OK, 3.0, 3.5, run="r"),
    ]
    assert merge(again) == {"s": Submission("s", Outcome.OK, 1.0, 2.5, run="r")}
    refused = [Submission("s", Outcome.REFUSED, 1.0, 1.5), Submission("s", Outcome.UNKNOWN, 2.0, 2.5)]
    assert merge(refused)["s"].outcome is Outcome.UNKNOWN


def test_the_verdict_prints_counts_and_findings():
    sent, effects, runs = sound()
    text = str(check(sent, effects[1:], runs))
    assert text.startswith("1 findings; submitted=6 ok=6")
    assert "lost: s0: its run says succeeded" in text


@st.composite
def histories(draw):
    """What a platform that keeps every promise could leave behind: lanes in order, repeats under one key."""
    count, lanes = draw(st.integers(2, 25)), draw(st.integers(1, 4))
    sent, effects, runs = [], [], []
    clock: dict[str, float] = {}
    blocked: set[str] = set()
    at = 0.0
    for n in range(count):
        at += draw(st.floats(0.01, 2))
        lane = f"k{draw(st.integers(0, lanes - 1))}"
        outcome = draw(
            st.sampled_from([Outcome.OK, Outcome.OK, Outcome.OK, Outcome.UNKNOWN, Outcome.REFUSED])
        )
        ended = at + draw(st.floats(0.001, 3))
        sent.append(Submission(f"s{n}", outcome, at, ended, lane, f"body{n}"))
        if outcome is Outcome.REFUSED or (outcome is Outcome.UNKNOWN and draw(st.booleans())):
            continue
        state = (
            "waiting"
            if lane in blocked
            else draw(st.sampled_from(["succeeded"] * 6 + ["dead", "cancelled", "in_doubt"]))
        )
        runs.append(Run(f"r{n}", state, f"s{n}"))
        if state in {"dead", "in_doubt"}:
            blocked.add(lane)
        if state == "succeeded":
            clock[lane] = max(clock.get(lane, 0.0), at) + draw(st.floats(0.01, 5))
            one = Effect(f"s{n}", f"d{n}", clock[lane], lane, f"body{n}")
            effects += [one] * draw(st.sampled_from([1, 1, 1, 2]))
    return sent, effects, runs


@given(histories())
def test_no_history_of_a_sound_platform_is_accused(history):
    verdict = check(*history, rules=ORDERED)
    assert verdict.is_clean, str(verdict)


@given(histories(), st.data())
def test_any_planted_loss_is_found(history, data):
    sent, effects, runs = history
    certain = [one.key for one in sent if one.outcome is Outcome.OK]
    if not certain:
        return
    gone = data.draw(st.sampled_from(certain))
    verdict = check(
        sent, [e for e in effects if e.submission != gone], [r for r in runs if r.submission != gone]
    )
    assert [one.subject for one in verdict.findings] == [gone]


@given(histories(), st.data())
def test_any_planted_double_is_found(history, data):
    sent, effects, runs = history
    if not effects:
        return
    twin = data.draw(st.sampled_from(effects))
    verdict = check(sent, [*effects, replace(twin, key="again", at=twin.at + 1)], runs)
    assert [one.subject for one in verdict.of(Kind.DOUBLE)] == [twin.submission]


@given(histories(), st.data())
def test_any_planted_swap_is_found(history, data):
    sent, effects, runs = history
    names = sorted({one.submission for one in effects})
    if len(names) < 2:
        return
    one, other = data.draw(st.permutations(names))[:2]
    bodies = {one: f"body{other[1:]}", other: f"body{one[1:]}"}
    swapped = [replace(e, body=bodies.get(e.submission, e.body)) for e in effects]
    assert {found.subject for found in check(sent, swapped, runs).of(Kind.SWAP)} == {one, other}


@given(histories(), st.data())
def test_any_planted_reorder_is_found(history, data):
    sent, effects, runs = history
    by_key = {one.key: one for one in sent}
    at = {e.submission: e.at for e in effects}
    pairs = [
        (a, b)
        for a in at
        for b in at
        if by_key[a].ordering_key == by_key[b].ordering_key
        and by_key[a].outcome is Outcome.OK
        and by_key[a].ended < by_key[b].sent
    ]
    if not pairs:
        return
    first, second = data.draw(st.sampled_from(pairs))
    times = {first: at[second], second: at[first]}
    moved = [replace(e, at=times.get(e.submission, e.at)) for e in effects]
    assert second in {found.subject for found in check(sent, moved, runs, rules=ORDERED).of(Kind.ORDER)}
