"""How states, kinds of step and tones look: icon, word and tone. Colour never stands alone."""

from dataclasses import dataclass
from typing import Final

from integrations.delivery.states import State, label


@dataclass(frozen=True, slots=True)
class Look:
    """icon: a name of Lucide. word: for people. tone: of ``x-tone-<tone>``. key: stable, for data-state."""

    key: str
    word: str
    icon: str
    tone: str


_STATES: Final = {
    State.ACCEPTED: ("circle-dashed", "mute"),
    State.RUNNING: ("loader-circle", "run"),
    State.WAITING: ("hourglass", "wait"),
    State.IN_DOUBT: ("circle-question-mark", "doubt"),
    State.SUCCEEDED: ("circle-check", "ok"),
    State.DEAD: ("circle-x", "bad"),
    State.CANCELLED: ("ban", "mute"),
    State.EXPIRED: ("archive-x", "mute"),
}

STATES: Final = {
    state: Look(state.name.lower(), label(state).capitalize(), icon, tone)
    for state, (icon, tone) in _STATES.items()
}

OTHERS: Final = {
    look.key: look
    for look in (
        Look("ok", "OK", "circle-check", "ok"),
        Look("failed", "Failed", "circle-x", "bad"),
        Look("problem", "Has problems", "triangle-alert", "wait"),
        Look("live", "Live", "circle-dot", "ok"),
        Look("on", "On", "circle-dot", "ok"),
        Look("off", "Off", "circle-pause", "mute"),
        Look("draft", "Draft", "pencil", "mute"),
        Look("archived", "Archived", "archive", "mute"),
        Look("untested", "Not tested", "circle-dashed", "mute"),
        Look("open", "Open", "bell-ring", "bad"),
        Look("resolved", "Resolved", "circle-check", "ok"),
        Look("approved", "Approved", "circle-check", "ok"),
        Look("rejected", "Rejected", "circle-x", "bad"),
        Look("ended", "Run is over", "ban", "mute"),
        Look("paused", "Paused", "circle-pause", "wait"),
        Look("complete", "Complete", "circle-check", "ok"),
        Look("incomplete", "Incomplete", "triangle-alert", "bad"),
        Look("sandbox", "Sandbox", "flask-conical", "accent"),
        Look("twin", "Twin", "flask-conical", "accent"),
        Look("production", "Live account", "circle-dot", "ok"),
    )
}
"""Looks of things other than runs: flows, connections, alerts, batches."""

CHANGES: Final = {
    look.key: look
    for look in (
        Look("added", "Added", "plus", "ok"),
        Look("removed", "Removed", "minus", "bad"),
        Look("changed", "Changed", "pencil", "wait"),
        Look("moved", "Moved", "move", "mute"),
    )
}
"""Looks of what differs between two definitions."""

NOTICE_ICONS: Final = {
    "ok": "circle-check",
    "run": "info",
    "wait": "triangle-alert",
    "bad": "octagon-alert",
    "mute": "info",
    "accent": "info",
    "doubt": "circle-question-mark",
}

_KINDS: Final = {
    "webhook_trigger": Look("webhook_trigger", "Webhook", "webhook", "accent"),
    "file_trigger": Look("file_trigger", "File upload", "file-input", "accent"),
    "schedule_trigger": Look("schedule_trigger", "Schedule", "calendar-clock", "accent"),
    "mllp_trigger": Look("mllp_trigger", "HL7 over MLLP", "ear", "accent"),
    "decode": Look("decode", "Decode", "file-down", "mute"),
    "encode": Look("encode", "Encode", "file-up", "mute"),
    "map": Look("map", "Map fields", "shuffle", "doubt"),
    "branch": Look("branch", "Branch", "split", "wait"),
    "for_each": Look("for_each", "For each", "repeat", "wait"),
    "parallel": Look("parallel", "Parallel", "columns-3", "wait"),
    "set_variable": Look("set_variable", "Set variables", "variable", "doubt"),
    "subflow": Look("subflow", "Run another flow", "workflow", "run"),
    "stop": Look("stop", "Stop", "circle-stop", "ok"),
    "error_handler": Look("error_handler", "When a step fails", "shield-alert", "bad"),
    "call": Look("call", "Call", "plug", "run"),
    "http": Look("http", "HTTP request", "globe", "run"),
    "mllp_send": Look("mllp_send", "Send HL7 over MLLP", "send", "run"),
    "respond": Look("respond", "Respond", "reply", "ok"),
    "delay": Look("delay", "Delay", "timer", "wait"),
    "wait_until": Look("wait_until", "Wait until", "alarm-clock", "wait"),
    "dedupe": Look("dedupe", "Drop duplicates", "copy-x", "wait"),
    "aggregate": Look("aggregate", "Collect", "package-plus", "wait"),
    "approval": Look("approval", "Approval", "user-check", "wait"),
    "send_mail": Look("send_mail", "Send mail", "mail", "run"),
    "raise": Look("raise", "Raise an error", "octagon-alert", "bad"),
}


_BY_SCRIPTS: Final = """
    activity arrow-down arrow-right arrow-up binary braces calendar check chevron-down chevron-left
    chevron-right circle-alert clipboard-paste clock copy corner-down-right database download ellipsis
    external-link eye eye-off file-text flask-conical funnel grip-vertical group hash history info layers
    layout-template link list list-tree locate-fixed map maximize message-square minus
    mouse-pointer-2 network octagon-alert pause pencil pin pin-off play plus power puzzle redo-2
    refresh-cw rocket save search settings sigma sparkles square star sticky-note table toggle-left
    trash-2 triangle-alert type undo-2 unlink upload users wand-sparkles workflow x zoom-in zoom-out
"""
DRAWN: Final = tuple(
    sorted(
        {look.icon for look in (*_KINDS.values(), *STATES.values(), *OTHERS.values(), *CHANGES.values())}
        | {*_BY_SCRIPTS.split()}
    )
)
"""The icons that the builder's script draws by itself, from the page's sprite."""


def of_state(value: object) -> Look:
    """Give the look of a run's state (State or its number), or of another word this page knows."""
    if isinstance(value, int):
        return STATES[State(value)]
    word = str(value).lower()
    if word in OTHERS:
        return OTHERS[word]
    if word.upper() in State.__members__:
        return STATES[State[word.upper()]]
    return Look(word, word.replace("_", " ").capitalize(), "circle-dot", "mute")


def of_kind(kind: str) -> Look:
    """Give the look of a kind of step."""
    return _KINDS.get(kind) or Look(kind, kind.replace("_", " ").capitalize(), "puzzle", "mute")
