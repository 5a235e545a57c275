"""Every kind of step: one typed line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from integrations.errors import FlowError
from integrations.flows.steps import (
    acknowledge,
    aggregate,
    approval,
    branch,
    call,
    decode,
    dedupe,
    delay,
    encode,
    error_handler,
    file_trigger,
    for_each,
    http_request,
    map,  # noqa: A004  the module of the step kind "map"
    match_acknowledgement,
    mllp_send,
    mllp_trigger,
    parallel,
    raise_error,
    respond,
    schedule_trigger,
    send_mail,
    set_variable,
    stop,
    subflow,
    wait_until,
    webhook_trigger,
)
from integrations.flows.steps.context import StepKind

_KINDS: Final[tuple[StepKind[Any], ...]] = (
    webhook_trigger.STEP,
    file_trigger.STEP,
    schedule_trigger.STEP,
    mllp_trigger.STEP,
    map.STEP,
    set_variable.STEP,
    decode.STEP,
    encode.STEP,
    acknowledge.STEP,
    match_acknowledgement.STEP,
    branch.STEP,
    for_each.STEP,
    parallel.STEP,
    delay.STEP,
    wait_until.STEP,
    approval.STEP,
    dedupe.STEP,
    aggregate.STEP,
    call.STEP,
    http_request.STEP,
    mllp_send.STEP,
    send_mail.STEP,
    respond.STEP,
    subflow.STEP,
    stop.STEP,
    raise_error.STEP,
    error_handler.STEP,
)

STEP_KINDS: Final[Mapping[str, StepKind[Any]]] = MappingProxyType({step.kind: step for step in _KINDS})
"""In the order of the palette."""


def step_kind(kind: str) -> StepKind[Any]:
    """Look up a kind. Raises FlowError ``flow.unknown_kind``."""
    try:
        return STEP_KINDS[kind]
    except KeyError:
        known = ", ".join(STEP_KINDS)
        raise FlowError(
            "flow.unknown_kind", f"There is no kind of step “{kind}”.", hint=f"Known: {known}."
        ) from None
