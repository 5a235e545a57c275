"""What happened, said to a merchant: whose fault it is, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from integrations.delivery.states import DeadReason, State, Waiting
from integrations.engine.models import Outcome


class Fault(StrEnum):
    """Whose fault a failure is."""

    DESTINATION = "destination"
    SENDER = "sender"
    FLOW = "flow"
    SEVENM = "sevenm"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A failure in words. headline and advice are whole sentences."""

    whose: Fault
    headline: str
    advice: str


_UNREACHABLE: Final = (
    "Nothing needs to be done if it comes back within the time left: the run then goes on by itself."
)
_BY_CODE: Final[Mapping[str, tuple[Fault, str, str]]] = {
    "connection.no_secret": (
        Fault.FLOW,
        "The connection to {destination} has no credentials.",
        "Enter them at the connection, then replay.",
    ),
    "connection.unknown": (
        Fault.FLOW,
        "The connection that this step uses does not exist any more.",
        "Choose another connection in the step, publish, and replay with the current version.",
    ),
    "remote.dns": (
        Fault.DESTINATION,
        "The name of {destination} cannot be found.",
        "Check the address for a slip of the pen; if it is right, the run goes on by itself.",
    ),
    "remote.tls": (
        Fault.DESTINATION,
        "{destination} shows a certificate that cannot be trusted.",
        "Tell whoever runs it; the run goes on by itself once that is put right.",
    ),
    "remote.timeout": (Fault.DESTINATION, "{destination} did not answer in time.", _UNREACHABLE),
    "remote.connect": (Fault.DESTINATION, "{destination} takes no connections.", _UNREACHABLE),
    "run.input_gone": (
        Fault.SEVENM,
        "The document of this run is not kept any more.",
        "Have it sent again.",
    ),
    "run.resolved": (Fault.UNKNOWN, "A person settled this run.", "Replay it if it is to be sent after all."),
}
_BY_REASON: Final[Mapping[str, tuple[Fault, str, str]]] = {
    DeadReason.UNAVAILABLE: (Fault.DESTINATION, "{destination} did not work in four attempts.", _UNREACHABLE),
    DeadReason.REFUSED: (
        Fault.DESTINATION,
        "{destination} refused what {step} sent.",
        "Read its answer at the last attempt, correct the document or the mapping, then replay.",
    ),
    DeadReason.INPUT: (
        Fault.SENDER,
        "The document does not fit the flow at {step}.",
        "Correct the document and replay it, or have it sent again.",
    ),
    DeadReason.CONFIG: (
        Fault.FLOW,
        "The flow or a connection is not set up rightly at {step}.",
        "Correct the step, publish, and replay with the current version.",
    ),
    DeadReason.POISON: (
        Fault.SEVENM,
        "The run broke its worker four times and was taken out.",
        "Do not replay it before support has looked at it.",
    ),
    DeadReason.BUG: (
        Fault.SEVENM,
        "Something in 7M broke on this run.",
        "Tell support the number of the run; it can be replayed when that is mended.",
    ),
}
_WAITING: Final[Mapping[str, str]] = {
    Waiting.BREAKER: "Waits for {destination}, which does not answer. It goes on by itself.",
    Waiting.RETRY_AFTER: "{destination} asked us to come back later. It goes on by itself.",
    Waiting.PAUSED: "Paused by a person.",
    Waiting.DELAY: "Waits as the flow says.",
    Waiting.APPROVAL: "Waits for a person's approval.",
    Waiting.ORDER: "Waits for an earlier run with the same ordering key.",
}
_OUTCOMES: Final[Mapping[int, str]] = {
    Outcome.STARTED: "sent, outcome unknown",
    Outcome.OK: "done",
    Outcome.RETRYABLE: "did not work, tried again",
    Outcome.REFUSED: "refused",
    Outcome.UNKNOWN: "no answer, outcome unknown",
    Outcome.FAILED: "failed",
}


def explain(
    state: State, reason: str, code: str, *, destination: str = "", step: str = ""
) -> Explanation | None:
    """Say why a run is dead or in doubt; None where nothing is wrong with it."""
    if state is State.IN_DOUBT:
        whose, headline, advice = (
            Fault.UNKNOWN,
            "It is not known whether {destination} acted, and it cannot be asked twice.",
            "Look there, then say here what happened.",
        )
    elif state is State.EXPIRED:
        whose, headline, advice = (
            Fault.UNKNOWN,
            "Nobody replayed this run in time, and its documents were destroyed.",
            "Have it sent again.",
        )
    elif state is State.DEAD:
        return explain_dead(reason, code, destination=destination, step=step)
    else:
        return None
    return _explanation((whose, headline, advice), destination, step)


def explain_dead(reason: str, code: str, *, destination: str = "", step: str = "") -> Explanation:
    """Say why a run is dead, by its error code where we know more of that, else by the kind of reason."""
    told = _BY_CODE.get(code) or _BY_REASON.get(reason) or _BY_REASON[DeadReason.BUG]
    return _explanation(told, destination, step)


def _explanation(told: tuple[Fault, str, str], destination: str, step: str) -> Explanation:
    whose, headline, advice = told
    named = {"destination": destination or "the destination", "step": step or "a step"}
    return Explanation(whose, sentence(headline.format(**named)), advice)


def waiting(reason: str, *, destination: str = "") -> str:
    """Say what a run waits for; "" where it does not wait."""
    text = _WAITING.get(reason, "")
    return sentence(text.format(destination=destination or "the destination")) if text else ""


def outcome(number: int) -> str:
    """Say how an attempt ended."""
    return _OUTCOMES[number]


def cause(code: str, *, destination: str = "") -> str:
    """Say what an error code is about, for a list of causes; the code itself where no words are known."""
    known = _BY_CODE.get(code)
    if known is None:
        return code
    return sentence(known[1].format(destination=destination or "the destination"))


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]
