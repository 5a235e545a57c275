"""How the walk of a flow ends before its last step: a step failed, or stopped it."""

from typing import Final
from uuid import UUID

from integrations.delivery.states import DeadReason
from integrations.errors import SevenMError
from integrations.flows.steps.context import Effect, Reply, Stopped, Value

WORDS_MAX: Final = 2000
CATCHING: Final = frozenset({Effect.PARALLEL, Effect.FLOW})
"""Steps whose port ``error`` is taken by failures inside them too."""


class StepFailedError(Exception):
    """A step failed for good: the error, its place, and where it was going.

    step: with the steps that run the flow it stands in before it: ``charge/send``. words: the error for
    people. reply: what an error handler has answered in the place of the error.
    """

    def __init__(
        self, step: str, error: SevenMError, reason: DeadReason, destination: UUID | None = None
    ) -> None:
        super().__init__(step)
        self.step = step
        self.error = error
        self.reason = reason
        self.destination = destination
        self.words = in_words(error)
        self.reply: Reply | None = None

    def say(self, before: str = "", after: str = "") -> None:
        """Put words around those of the error."""
        self.words = f"{before}{self.words}{after}"[:WORDS_MAX]

    def told(self) -> Value:
        """Give what steps find behind the port ``error`` and behind the error handler."""
        return {
            "error": {
                "code": self.error.code,
                "message": self.words,
                "step": self.step,
                "kind": str(self.reason),
            }
        }


class StoppedError(Exception):
    """A stop step ended the run, or one turn of a loop, as done."""

    def __init__(self, step: str, stopped: Stopped, value: Value) -> None:
        super().__init__(step)
        self.step = step
        self.what = stopped.what
        self.reason = stopped.reason
        self.value = value


def in_words(error: SevenMError) -> str:
    """Give an error's message with its place, as a run keeps it."""
    place = f" ({error.place})" if error.place else ""
    return f"{error.message}{place}".replace("\0", "�")[:WORDS_MAX]
