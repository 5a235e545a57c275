"""What a case is made of, laid out to be sealed: the document, the answers to its calls, what is expected.

head: has_document, answers (without their bodies)
bodies: the document, laid out itself · pins and expectations as exact JSON · the body of each answer
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.engine import frames
from integrations.errors import ConfigError, RefusedError, SevenMError, UnavailableError
from integrations.flows.exact_json import ExactDecoder, json_bytes
from integrations.flows.visits import Iteration, Pin, Request
from integrations.trials.documents import Given, unpacked
from integrations.trials.expected import Expected, expected_of
from integrations.trials.recorded import Recorded, Where
from integrations.trials.sealing import pin_said
from integrations.trials.values import as_json

ERRORS: Final[Mapping[str, type[SevenMError]]] = {
    "unavailable": UnavailableError,
    "refused": RefusedError,
    "config": ConfigError,
}
NOBODY: Final = Request("recorded", "", "")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as it is run. item: which record of a file is tried, from 1."""

    document: Given | None
    answers: Mapping[Where, Recorded]
    pins: Mapping[str, Pin]
    expected: Expected = field(default_factory=Expected)
    item: int = 1

    def packed(self) -> bytes:
        """Lay it out."""
        answers = list(self.answers.items())
        told = {
            "pins": {key: {"value": as_json(pin.value), "port": pin.port} for key, pin in self.pins.items()},
            "expected": self.expected.as_json(),
        }
        head: dict[str, Any] = {
            "has_document": self.document is not None,
            "item": self.item,
            "answers": [_answer_head(where, one) for where, one in answers],
        }
        document = b"" if self.document is None else self.document.packed()
        return frames.pack(head, document, json_bytes(told), *(one.body for _, one in answers))


def case_file(plaintext: bytes) -> CaseFile:
    """Read what `CaseFile.packed` laid out."""
    head, (document, told, *bodies) = frames.unpack(plaintext)
    said: dict[str, Any] = ExactDecoder().decode(told.decode())
    answers = {
        (one["step"], tuple(one["iteration"])): _recorded(one, body)
        for one, body in zip(head["answers"], bodies, strict=True)
    }
    return CaseFile(
        unpacked(document) if head["has_document"] else None,
        answers,
        {key: pin_said(pin, f"pins.{key}") for key, pin in said["pins"].items()},
        expected_of(said["expected"]),
        head["item"],
    )


def _answer_head(where: tuple[str, Iteration], one: Recorded) -> dict[str, Any]:
    error = one.error
    return {
        "step": where[0],
        "iteration": list(where[1]),
        "status": one.status,
        "headers": dict(one.headers),
        "error": None if error is None else _error_head(error),
    }


def _error_head(error: SevenMError) -> dict[str, Any]:
    kind = next((name for name, known in ERRORS.items() if isinstance(error, known)), "config")
    sent = isinstance(error, UnavailableError) and error.sent
    return {"kind": kind, "code": error.code, "message": error.message, "hint": error.hint, "sent": sent}


def _recorded(head: Mapping[str, Any], body: bytes) -> Recorded:
    told = head["error"]
    error: SevenMError | None = None
    if told is not None and told["kind"] == "unavailable":
        error = UnavailableError(told["code"], told["message"], hint=told["hint"], sent=told["sent"])
    elif told is not None:
        error = ERRORS[told["kind"]](told["code"], told["message"], hint=told["hint"])
    return Recorded(NOBODY, head["status"], head["headers"], body, error)
