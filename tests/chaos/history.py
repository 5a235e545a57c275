"""Compare what was submitted with what a destination saw and with what the platform says it did.

The judge of every fault test. It knows nothing of how the platform works: it takes three lists
(submissions, effects, runs) and lists what cannot be true of a platform that loses nothing:

    lost         a submission answered 2xx has no run, or its run says succeeded without an effect
    ghost        an effect, or a run, that nobody submitted
    refused      an effect or a run of a submission that was refused
    double       two runs of one submission key; two effects of one submission
    swap         an effect whose body is not the one expected of its submission
    order        an effect before that of an earlier submission with the same ordering key
    open         a run that is still accepted or running at the end
    state        a run in a state without a name here
    balance      accepted is not the sum of the named states

Instants are seconds on one clock. "Earlier" means answered before the other was sent: submissions that
overlap in time have no order, and one whose answer is unknown is earlier than nothing.
"""

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import Literal

from typing_extensions import override

STATE_NAMES = ("accepted", "running", "waiting", "in_doubt", "succeeded", "dead", "cancelled", "expired")
STATES = frozenset(STATE_NAMES)
OPEN = frozenset({"accepted", "running"})
RELEASED = frozenset({"cancelled", "expired"})


class Outcome(StrEnum):
    """What the submitter knows: accepted for certain, never accepted for certain, or neither."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What a finding says."""

    LOST = "lost"
    GHOST = "ghost"
    REFUSED = "refused"
    DOUBLE = "double"
    SWAP = "swap"
    ORDER = "order"
    OPEN = "open"
    STATE = "state"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Submission:
    """One request as its sender saw it. Several with one ``key`` are the same submission sent again.

    body: digest of the effect that it must have; empty where no test compares it.
    """

    key: str
    outcome: Outcome
    sent: float
    ended: float
    ordering_key: str = ""
    body: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One call that a destination applied. submission: the id it found in the body. key: of the delivery."""

    submission: str
    key: str
    at: float
    ordering_key: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the platform lists it. submission: its idempotency key, where the list shows it."""

    id: str
    state: str
    submission: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the destination and the flow promise, so what may be held against the platform.

    destination: ``idempotent`` applies a delivery key once, so that repeats under one key are no second
    effect; ``at_least_once`` lets up to ``repeats_allowed`` repeats pass; ``at_most_once`` allows none.
    """

    destination: Literal["idempotent", "at_least_once", "at_most_once"] = "idempotent"
    repeats_allowed: int = 0
    ordered: bool = False
    dead_head: Literal["block", "skip"] = "block"
    settled: bool = True
    """Nothing may be accepted or running any more."""
    has_effect: bool = True
    """A succeeded run must have had an effect."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be. subject: the submission key, or the run id where there is none."""

    kind: Kind
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and the counts that a report shows."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        return not self.findings

    def of(self, kind: Kind) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind is kind]

    @override
    def __str__(self) -> str:
        counts = " ".join(f"{name}={count}" for name, count in self.counts.items())
        shown = [f"  {one.kind}: {one.subject}: {one.detail}" for one in self.findings[:20]]
        more = len(self.findings) - len(shown)
        return "\n".join(
            [f"{len(self.findings)} findings; {counts}", *shown, *([f"  and {more} more"] if more else [])]
        )


def check(
    submissions: Iterable[Submission],
    effects: Iterable[Effect],
    runs: Iterable[Run],
    *,
    rules: Rules = Rules(),
    accepted: int | None = None,
) -> Verdict:
    """Judge a history. accepted: the platform's own count, from a meter apart from its run list."""
    sent = merge(submissions)
    effects = sorted(effects, key=lambda effect: effect.at)
    runs = list(runs)
    runs_of, strays = _join(sent, runs)
    effects_of: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        effects_of[effect.submission].append(effect)
    repeats = _repeats(effects_of)
    findings = [
        *_lost(sent, effects_of, runs_of, strays, rules),
        *_ghosts(sent, effects_of, runs_of, strays),
        *_doubles(effects_of, runs_of, repeats, rules),
        *_swaps(sent, effects),
        *(_order(sent, effects_of, runs_of, rules) if rules.ordered else ()),
        *_balance(runs, accepted, rules),
    ]
    outcomes = Counter(one.outcome for one in sent.values())
    states = Counter(run.state for run in runs)
    counts = {
        "submitted": len(sent), **{str(outcome): outcomes[outcome] for outcome in Outcome},
        "runs": len(runs), **{state: states[state] for state in STATE_NAMES},
        "effects": len(effects), "with_effect": len(effects_of), "repeats": sum(repeats.values()),
    }  # fmt: skip
    return Verdict(tuple(findings), counts)


def merge(submissions: Iterable[Submission]) -> dict[str, Submission]:
    """Make one submission of all that share a key: sent at the first, accepted at the first 2xx."""
    merged: dict[str, Submission] = {}
    for one in submissions:
        known = merged.get(one.key)
        if known is None:
            merged[one.key] = one if one.outcome is Outcome.OK else replace(one, ended=inf)
            continue
        accepted = Outcome.OK in (one.outcome, known.outcome)
        unknown = Outcome.UNKNOWN in (one.outcome, known.outcome)
        merged[one.key] = replace(
            known,
            outcome=Outcome.OK if accepted else Outcome.UNKNOWN if unknown else Outcome.REFUSED,
            sent=min(known.sent, one.sent),
            ended=min(known.ended, one.ended if one.outcome is Outcome.OK else inf),
            run=known.run or one.run,
        )
    return merged


def _join(sent: Mapping[str, Submission], runs: Sequence[Run]) -> tuple[dict[str, list[Run]], list[Run]]:
    """Give the runs of each submission, and those that name none of them."""
    key_of = {one.run: key for key, one in sent.items() if one.run}
    runs_of: dict[str, list[Run]] = defaultdict(list)
    strays: list[Run] = []
    for run in runs:
        key = run.submission or key_of.get(run.id, "")
        if key:
            runs_of[key].append(run)
        else:
            strays.append(run)
    return runs_of, strays


def _lost(
    sent: Mapping[str, Submission],
    effects_of: Mapping[str, list[Effect]],
    runs_of: Mapping[str, list[Run]],
    strays: Sequence[Run],
    rules: Rules,
) -> Iterable[Finding]:
    unnamed = len(strays)
    for key, one in sent.items():
        runs = runs_of.get(key, [])
        if one.outcome is Outcome.OK and not runs:
            # a run list that does not name submissions can only be counted against
            if one.run or unnamed == 0:
                yield Finding(Kind.LOST, key, "answered 2xx, and the platform has no run of it")
            else:
                unnamed -= 1
        if rules.has_effect and any(run.state == "succeeded" for run in runs) and key not in effects_of:
            yield Finding(Kind.LOST, key, "its run says succeeded, and no effect was seen")


def _ghosts(
    sent: Mapping[str, Submission],
    effects_of: Mapping[str, list[Effect]],
    runs_of: Mapping[str, list[Run]],
    strays: Sequence[Run],
) -> Iterable[Finding]:
    for what, keys in (("an effect", effects_of), ("a run", runs_of)):
        for key in keys:
            one = sent.get(key)
            if one is None:
                yield Finding(Kind.GHOST, key, f"{what} that nobody submitted")
            elif one.outcome is Outcome.REFUSED:
                yield Finding(Kind.REFUSED, key, f"{what} of a submission that was refused")
    unexplained = sum(
        one.outcome is not Outcome.REFUSED and not runs_of.get(key) for key, one in sent.items()
    )
    for run in strays[unexplained:]:
        yield Finding(Kind.GHOST, run.id, "more runs than submissions that could have made them")


def _repeats(effects_of: Mapping[str, list[Effect]]) -> dict[str, int]:
    return {
        key: more for key, seen in effects_of.items() if (more := len(seen) - len({one.key for one in seen}))
    }


def _doubles(
    effects_of: Mapping[str, list[Effect]],
    runs_of: Mapping[str, list[Run]],
    repeats: Mapping[str, int],
    rules: Rules,
) -> Iterable[Finding]:
    for key, runs in runs_of.items():
        if len(runs) > 1:
            yield Finding(Kind.DOUBLE, key, f"{len(runs)} runs of one submission")
    owner: dict[str, str] = {}
    for submission, seen in effects_of.items():
        keys = {one.key for one in seen}
        if len(keys) > 1:
            yield Finding(Kind.DOUBLE, submission, f"effects under {len(keys)} delivery keys")
        for key in keys:
            if owner.setdefault(key, submission) != submission:
                yield Finding(Kind.DOUBLE, submission, f"shares its delivery key with {owner[key]}")
    allowed = rules.repeats_allowed if rules.destination == "at_least_once" else 0
    if rules.destination != "idempotent" and sum(repeats.values()) > allowed:
        for submission, more in repeats.items():
            yield Finding(Kind.DOUBLE, submission, f"{more} repeats; {allowed} allowed in all")


def _swaps(sent: Mapping[str, Submission], effects: Iterable[Effect]) -> Iterable[Finding]:
    for effect in effects:
        one = sent.get(effect.submission)
        if one is None:
            continue
        if one.body and effect.body != one.body:
            yield Finding(Kind.SWAP, effect.submission, "the destination got another body")
        if effect.ordering_key and one.ordering_key and effect.ordering_key != one.ordering_key:
            yield Finding(Kind.SWAP, effect.submission, "the destination got another ordering key")


def _order(
    sent: Mapping[str, Submission],
    effects_of: Mapping[str, list[Effect]],
    runs_of: Mapping[str, list[Run]],
    rules: Rules,
) -> Iterable[Finding]:
    """Report each effect that came although an earlier submission had none yet, in O(n log n)."""
    lanes: dict[str, list[Submission]] = defaultdict(list)
    for one in sent.values():
        if one.ordering_key:
            lanes[one.ordering_key].append(one)
    for lane in lanes.values():
        due: list[tuple[float, float, str]] = []  # (accepted, effect or never, key)
        for one in lane:
            effect = effects_of[one.key][0].at if one.key in effects_of else inf
            if effect == inf and not _blocks(one, runs_of.get(one.key, []), rules):
                continue
            due.append((one.ended, effect, one.key))
        due.sort()
        accepted = [ended for ended, _, _ in due]
        latest = _latest(due)
        for one in lane:
            if one.key not in effects_of:
                continue
            earlier = bisect.bisect_left(accepted, one.sent)
            if earlier and latest[earlier - 1][0] > (at := effects_of[one.key][0].at):
                yield Finding(
                    Kind.ORDER, one.key, f"took effect at {at:.6f}, before {latest[earlier - 1][1]}"
                )


def _blocks(one: Submission, runs: Sequence[Run], rules: Rules) -> bool:
    """Say whether a submission without an effect holds back the later ones of its ordering key."""
    if one.outcome is not Outcome.OK or not runs:
        return False  # what never became a run is lost or refused, which others report
    state = runs[0].state
    return state not in RELEASED and not (state == "dead" and rules.dead_head == "skip") and rules.has_effect


def _latest(due: Sequence[tuple[float, float, str]]) -> list[tuple[float, str]]:
    """Give, for each prefix of ``due``, the latest effect in it and whose it is."""
    latest: list[tuple[float, str]] = []
    for _, effect, key in due:
        latest.append(max(latest[-1], (effect, key)) if latest else (effect, key))
    return latest


def _balance(runs: Sequence[Run], accepted: int | None, rules: Rules) -> Iterable[Finding]:
    named = 0
    for run in runs:
        subject = run.submission or run.id
        if run.state not in STATES:
            yield Finding(Kind.STATE, subject, f"its run is in no named state: {run.state}")
            continue
        named += 1
        if rules.settled and run.state in OPEN:
            yield Finding(Kind.OPEN, subject, f"its run is still {run.state}")
    accepted = len(runs) if accepted is None else accepted
    if accepted != named:
        yield Finding(Kind.BALANCE, "all", f"{accepted} accepted, {named} in named states")
