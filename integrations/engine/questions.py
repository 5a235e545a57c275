"""Questions to people, as they are kept: what is asked is sealed, who may decide is not."""

from typing import Any, Final
from uuid import UUID

from integrations.engine import frames
from integrations.engine.work import Work
from integrations.errors import LimitError
from integrations.flows.asks import Question
from integrations.flows.exact_json import json_bytes
from integrations.flows.steps.context import Value
from integrations.tenants.ids import new_id
from integrations.vault.cipher import TenantCipher

TABLE: Final = "engine_approval"
SHOWN_MAX: Final = 256 << 10
"""Bytes of data that are shown with a question; more is not read by a person."""


def asked(work: Work, ask: Question) -> dict[str, Any]:
    """Give the columns of a new question."""
    question_id = new_id()
    shown = json_bytes(ask.shown) if ask.shown is not None else b""
    if len(shown) > SHOWN_MAX:
        raise LimitError(
            "approval.too_much_data",
            f"The data to show has more than {SHOWN_MAX >> 10:,} kB.",
            place="config.shows",
            hint="Show only what is needed to decide.",
        )
    frame = frames.pack({}, ask.message.encode(), shown)
    return {
        "id": question_id,
        "flow": work.lease.flow_id,
        "title": ask.title,
        "roles": list(ask.roles),
        "people": list(ask.people),
        "body": work.cipher.seal(*body_place(question_id), frame),
    }


def decided(cipher: TenantCipher, row: tuple[Any, ...]) -> Value:
    """Give the step's output from a row of ``read_decision``."""
    question_id, decision, label, at, comment = row
    said = cipher.open(*comment_place(question_id), bytes(comment)).decode() if comment else ""
    return {"decision": decision, "by": label or None, "comment": said or None, "at": at}


def body_place(question_id: UUID) -> tuple[str, str, UUID]:
    return TABLE, "body", question_id


def comment_place(question_id: UUID) -> tuple[str, str, UUID]:
    return TABLE, "comment", question_id
