"""Where the sealed bytes of a run belong: the parts of their authenticated data that say so."""

from uuid import UUID

from integrations.engine.models import DocumentKind


def document_place(run_id: UUID, kind: int) -> tuple[str, str, UUID | str]:
    """Give table, column and row id. An edited input carries its number, so that none stands for another."""
    if kind == DocumentKind.REPLY:
        return "engine_document", "reply", run_id
    if kind == DocumentKind.INPUT:
        return "engine_document", "input", run_id
    return "engine_document", "edited", f"{run_id}/{kind}"


def exchange_place(run_id: UUID, ordinal: int) -> tuple[str, str, str]:
    """Give the place of an attempt's exchange."""
    return "engine_attempt", "exchange", f"{run_id}/{ordinal}"
