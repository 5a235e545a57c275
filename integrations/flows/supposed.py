"""What a rehearsal supposes where a run would ask the engine: time passes, keys are new, people approve."""

from datetime import timedelta

from integrations.flows.asks import APPROVED, COLLECTED, FULL, Ask, Collect, Once, Pause, Question
from integrations.flows.compile import CompiledStep
from integrations.flows.steps.context import NEXT, RunFacts, Scope, StepOutput, Value


def supposed(step: CompiledStep, ask: Ask, scope: Scope, facts: RunFacts) -> StepOutput:
    """Give the likely answer; a pin stands for any other. A list is full with the one value that is there.

    Behind a full list another run goes on, which knows the list alone: the scope forgets the rest.
    """
    match ask:
        case Pause():
            return StepOutput({"until": ask.until or facts.now + timedelta(seconds=ask.seconds)}, NEXT)
        case Once():
            return StepOutput({"duplicate": False}, NEXT)
        case Question():
            told: Value = {"decision": APPROVED, "by": None, "comment": None, "at": facts.now}
            return StepOutput(told, APPROVED)
        case Collect():
            if FULL not in step.next:
                return StepOutput({"collected": True}, COLLECTED)
            scope.clear()
            opened_at = facts.now.isoformat()
            return StepOutput(
                {"count": 1, "group": ask.group, "opened_at": opened_at, "items": [ask.value]}, FULL
            )
