"""Elements whose order does not follow from their record's keys: mixed text, and interleaved children."""

from integrations.formats.codec import Record, Value


class Odd(dict[str, Value]):
    """The record of such an element while it is open.

    mixed: the texts and children in their order, children as objects of one key; None where only the order of
    the children is odd, which order then holds, key by key.
    """

    __slots__ = ("mixed", "order")

    def __init__(self, attributes: Record, mixed: list[Value] | None, order: list[Value]) -> None:
        super().__init__(attributes)
        self.mixed = mixed
        self.order = order

    def add(self, key: str, value: Value, *, as_list: bool) -> None:
        """Take the next child."""
        if self.mixed is not None:
            self.mixed.append({key: value})
            return
        self.order.append(key)
        put(self, key, value, as_list=as_list)

    def finish(self) -> Record:
        """Give the record."""
        if self.mixed is not None:
            return {**self, "#mixed": self.mixed}
        return {**self, "#order": self.order}


class Nil(dict[str, Value]):
    """The record of an element that says it is nil, and nothing else."""


def put(record: Record, key: str, value: Value, *, as_list: bool) -> None:
    """Add a child to a record: a list where it repeats, or always."""
    if key not in record:
        record[key] = [value] if as_list else value
        return
    held = record[key]
    if isinstance(held, list):
        held.append(value)
    else:
        record[key] = [held, value]


def again(node: Record, key: str, value: Value, *, as_list: bool) -> Record:
    """Add a child whose key is there already, or to an odd record; gives the record to go on with."""
    if isinstance(node, Odd):
        node.add(key, value, as_list=as_list)
        return node
    if key not in node:
        return {**node, key: [value] if as_list else value}
    if next(reversed(node)) == key:
        put(node, key, value, as_list=as_list)
        return node
    order: list[Value] = [name for name, _ in children(node)]
    odd = Odd(node, None, order)
    odd.add(key, value, as_list=as_list)
    return odd


def mix(node: Record | None, piece: Value) -> Odd:
    """Add a text (or instruction) to an element, which is mixed from here on."""
    if node is None:
        return Odd({}, [piece], [])
    if isinstance(node, Odd) and node.mixed is not None:
        node.mixed.append(piece)
        return node
    attributes = {key: value for key, value in node.items() if key[0] == "@"}
    so_far: list[Value] = [{key: value} for key, value in in_order(node)]
    return Odd(attributes, [*so_far, piece], [])


def children(node: Record) -> list[tuple[str, Value]]:
    """Give the children of a record key by key, one entry a repetition."""
    found: list[tuple[str, Value]] = []
    for key, value in node.items():
        if key[0] in "@#":
            continue
        found += [(key, item) for item in value] if isinstance(value, list) else [(key, value)]
    return found


def in_order(node: Record) -> list[tuple[str, Value]]:
    """Give the children in the order of the document, also of an odd record that is not mixed."""
    if not isinstance(node, Odd):
        return children(node)
    left: dict[str, list[Value]] = {}
    for key, value in children(node):
        left.setdefault(key, []).append(value)
    taken = {key: iter(values) for key, values in left.items()}
    return [(key, next(taken[key])) for key in node.order if isinstance(key, str)]
