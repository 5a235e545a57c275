"""Records that end early: files with descriptor words leave out what a record has no use for."""

from integrations.formats.cobol.groups import Group, Part, Run
from integrations.formats.cobol.nodes import Leaf, Sub, Table
from integrations.formats.cobol.redefined import Union
from integrations.formats.cobol.values import FieldFault
from integrations.formats.codec import Record


def prune(group: Group, record: Record, length: int) -> None:
    """Take out of a record of fixed layout what would stand behind its end.

    A text is kept as far as it goes. Raises FieldFault ``record_short`` where it ends inside a number.
    """
    for run in group.runs:
        if isinstance(run, Run):
            for at, part in run.parts:
                if at + part.size > length:
                    _prune_part(part, record, length - at)


def _prune_part(part: Part, record: Record, length: int) -> None:
    """Length: of what is left of the part, zero or below if nothing is."""
    if isinstance(part, Union):
        for view in part.views:
            if view.part.size > length:
                _prune_view(view.part, record, length)
    elif length <= 0:
        for name in part.names():
            record.pop(name, None)
    elif isinstance(part, Leaf):
        if not part.is_text and part.key in record:
            fault = FieldFault("record_short", "The record ends inside this field.")
            fault.path.append(part.key)
            raise fault
    elif isinstance(part, Sub):
        _prune_inside(part.group, record if not part.key else record.get(part.key), length)
    else:
        _prune_table(part, record, length)


def _prune_view(part: Leaf | Sub | Table, record: Record, length: int) -> None:
    try:
        _prune_part(part, record, length)
    except FieldFault:
        for name in part.names():
            record.pop(name, None)


def _prune_table(part: Table, record: Record, length: int) -> None:
    items = record.get(part.key)
    if not isinstance(items, list):
        return
    size = part.element.size
    whole, rest = divmod(length, size)
    if len(items) <= whole:
        return
    del items[whole + (rest > 0) :]
    if rest and isinstance(part.element, Sub):
        _prune_inside(part.element.group, items[whole], rest)
    elif rest and isinstance(part.element, Leaf) and not part.element.is_text:
        fault = FieldFault("record_short", "The record ends inside this field.")
        fault.path.extend((f"[{whole + 1}]", part.key))
        raise fault


def _prune_inside(group: Group, record: object, length: int) -> None:
    if isinstance(record, dict):
        prune(group, record, length)
