"""Where a set is cut into parts."""

from integrations.formats.codec import Record
from integrations.formats.segments.assemble import PART
from integrations.formats.segments.parts import NOWHERE, Place, find_group, place_in
from integrations.formats.x12 import tables
from integrations.formats.x12.hierarchy import loop_key
from integrations.formats.x12.options import X12Options


def place_of_parts(record: Record, version: str, options: X12Options) -> Place:
    """Find where the message of a part was cut."""
    start = record.get("ST")
    if PART not in record or not isinstance(start, dict):
        return NOWHERE
    name = tables.set_name(str(start["01"]), options.guide or version)
    tree = tables.set_facts(name).tree if name else None
    group = find_group(tree, options.split_at) if tree is not None else None
    if tree is None or group is None:
        return NOWHERE
    place = place_in(tree, group.key)
    # Loops that may be nested by their parents are not found at their place.
    return place if loop_key(tree) not in place.path else place._replace(path=())
