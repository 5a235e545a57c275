"""A sample seen through its layout."""

from collections.abc import Mapping
from typing import Any, Final

from integrations.errors import ConfigError, InputError
from integrations.formats.codec import Limits, parse_options
from integrations.formats.fixed_width.codec import CODEC
from integrations.formats.fixed_width.examine import (
    ANY_RECORD,
    Line,
    examined,
    faults_of_the_whole,
    texts,
)
from integrations.formats.fixed_width.infer import infer
from integrations.formats.fixed_width.layout import FixedWidthOptions
from integrations.trials.documents import MOST_BYTES

LINES: Final = 500
FAULTS: Final = 200
LIMITS: Final = Limits(max_bytes=MOST_BYTES, max_records=200_000)
FRAME: Final = ("encoding", "line_end", "record_length")
"""The options that cut a file into lines of text."""


def lines(document: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the first lines with what is read from them, and what is wrong with the file.

    isRead: false while the layout is not finished; the lines then stand there as text alone.
    Raises InputError for a file that cannot be cut into lines; ConfigError where the frame is wrong.
    """
    layout = _layout(options)
    if layout is None:
        found = texts(document, _frame(options), LIMITS, LINES + 1)
        return {"lines": _said(found), "problems": [], "isCut": len(found) > LINES, "isRead": False}
    found = examined(document, layout, LIMITS, LINES + 1)
    wrong = faults_of_the_whole(document, layout, LIMITS, FAULTS)
    return {
        "lines": _said(found),
        "problems": [_problem(fault) for fault in wrong],
        "isCut": len(found) > LINES,
        "isRead": True,
    }


def guessed(document: bytes) -> dict[str, Any]:
    """Give the options that the file looks like; empty where no columns can be told."""
    return infer([document])


def _layout(options: Mapping[str, Any]) -> FixedWidthOptions | None:
    try:
        return FixedWidthOptions.model_validate(parse_options(CODEC, options))
    except ConfigError:  # told at its place by the check of the draft
        return None


def _frame(options: Mapping[str, Any]) -> FixedWidthOptions:
    frame = {name: options[name] for name in FRAME if options.get(name) is not None}
    return FixedWidthOptions.model_validate(parse_options(CODEC, {**frame, "records": [ANY_RECORD]}))


def _said(found: list[Line]) -> list[dict[str, Any]]:
    return [
        {
            "number": line.number,
            "text": line.text,
            "record": line.record,
            "values": line.values,
            "problem": None if line.fault is None else _problem(line.fault),
        }
        for line in found[:LINES]
    ]


def _problem(fault: InputError) -> dict[str, str]:
    return {"code": fault.code, "message": fault.message, "hint": fault.hint, "place": fault.place}
