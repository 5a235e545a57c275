"""Records to text by a schema: its order, its occurrence, its way to write values."""

from collections import deque
from collections.abc import Iterator

from integrations.formats.codec import Record, Value
from integrations.formats.xml_text.model import Element, Invalid, Kind, State, Type
from integrations.formats.xml_text.names import joined
from integrations.formats.xml_text.run import listed
from integrations.formats.xml_text.write import IN_TEXT, MAX_DEPTH, Out, Unwritable, escaped, ordered, plain

_SIMPLE, _CHILDREN = Kind.SIMPLE, Kind.CHILDREN
_SPECIAL = frozenset(("@", "#"))


class TypedOut(Out):
    """The text of a document that a schema describes."""

    def typed(self, element: Element, value: Value, depth: int) -> None:
        """Write an element as its type says. Raises Unwritable."""
        try:
            type_ = element.type
            if type_.kind is not Kind.ANY and isinstance(value, dict) and "@xsi:type" in value:
                type_ = self._chosen(value["@xsi:type"], type_)
            tag = self.tags.get(element.key) or self.tag(element.key)
            if value is None or (isinstance(value, dict) and value.get("@xsi:nil") == "true"):
                if not (element.nillable or type_.kind is Kind.ANY or type_.loose is not None):
                    raise Unwritable("nil", "The schema does not allow this element to be nil.")
                self.element(element.key, value, depth)
            elif type_.kind is Kind.SIMPLE and not (type_.loose is not None and isinstance(value, dict)):
                text = escaped(self._text(type_, value))
                self.parts.append(f"<{tag}>{text}</{tag}>" if text else f"<{tag}/>")
            elif type_.kind in {Kind.ANY, Kind.SIMPLE} or _is_undescribed(type_, value):
                self.element(element.key, value, depth)
            else:
                self._described(tag, type_, value, depth)
        except Unwritable as failure:
            failure.path.append(element.key)
            raise

    def _described(self, tag: str, type_: Type, value: Value, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Unwritable("too_deep", f"Records are nested deeper than {MAX_DEPTH} levels.")
        record = _record_for(type_, value)
        opening = len(self.parts)
        self.parts.append("")
        attributes = self.typed_attributes(type_, record)
        if type_.kind is Kind.VALUE:
            self.parts.append(escaped(self._text(type_, record.get("#text", ""))))
        elif type_.kind is Kind.MIXED:
            self._typed_mixed(type_, record, depth)
        else:
            self._typed_children(type_, record, depth)
        is_empty = len(self.parts) == opening + 1
        self.parts[opening] = f"<{tag}{attributes}/>" if is_empty else f"<{tag}{attributes}>"
        if not is_empty:
            self.parts.append(f"</{tag}>")

    def _typed_children(self, type_: Type, record: Record, depth: int) -> None:
        mark = len(self.parts)
        if type_.loose is not None:
            self._loose_children(type_, record, depth + 1)
        elif not self._straight(type_, record, depth + 1):
            for child, item in self.sequence(type_, type_.start, record):
                self.line(depth + 1)
                self.typed(child, item, depth + 1)
        if len(self.parts) > mark:
            self.line(depth)

    def _loose_children(self, type_: Type, record: Record, depth: int) -> None:
        """Write children as they stand, by their types where those are known."""
        known = {child.key: child for child in type_.children}
        for key, value in ordered(record) if "#order" in record else _pairs(record):
            self.line(depth)
            if key in known:
                self.typed(known[key], value, depth)
            else:
                self.element(key, value, depth)

    def _straight(self, type_: Type, record: Record, depth: int, *, has_attributes: bool = True) -> bool:  # noqa: C901
        """Write children that stand in the order of the schema; False, and nothing written, if they do not.

        has_attributes: those of the record are written already.
        """
        parts, default, names, pretty = self.parts, self.model.names.default, self.names, self.pretty
        mark, state = len(parts), type_.start
        for key, value in record.items():
            if key[:1] in _SPECIAL:
                if has_attributes and key != "#order":
                    continue
                del parts[mark:]
                return False
            name = names.get((key, default)) or self.name(key, default)
            for item in value if type(value) is list else (value,):
                own = item.get("@xmlns") if type(item) is dict else None
                entry = state[name if own is None else self.name(key, str(own))]
                if entry is None:
                    del parts[mark:]
                    return False
                state, child = entry
                if pretty:
                    self.line(depth)
                if type(item) is dict:
                    if child.kind is not _CHILDREN or not self._nested(key, child.type, item, depth):
                        self.typed(child, item, depth)
                elif child.kind is _SIMPLE and item is not None:
                    text = self._child_text(child, item)
                    parts.append(f"<{key}>{text}</{key}>" if text else f"<{key}/>")
                else:
                    self.typed(child, item, depth)
        if not state.accepting or type_.limits:
            del parts[mark:]
            return False
        return True

    def _nested(self, key: str, type_: Type, record: Record, depth: int) -> bool:
        """Write an element of children only; False, and nothing written, if it is not so simple."""
        parts = self.parts
        mark = len(parts)
        if type_.required or depth > MAX_DEPTH:
            return False
        parts.append(f"<{key}>")
        try:
            if not self._straight(type_, record, depth + 1, has_attributes=False):
                del parts[mark:]
                return False
        except Unwritable as failure:
            failure.path.append(key)
            raise
        if len(parts) == mark + 1:
            parts[mark] = f"<{key}/>"
        elif self.pretty:
            self.line(depth)
            parts.append(f"</{key}>")
        else:
            parts.append(f"</{key}>")
        return True

    def _child_text(self, child: Element, value: Value) -> str:
        try:
            text = child.type.simple.write(value) if child.type.simple else plain(value)
            return text if IN_TEXT(text) is None else escaped(text)
        except Invalid as wrong:
            failure = Unwritable(*wrong.args[:2])
        except Unwritable as known:
            failure = known
        failure.path.append(child.key)
        raise failure

    def _text(self, type_: Type, value: Value) -> str:
        if type_.simple is None:
            return plain(value)
        try:
            return type_.simple.write(value)
        except Invalid as wrong:
            if type_.loose is not None:
                return plain(value)
            raise Unwritable(*wrong.args[:2]) from None

    def _typed_mixed(self, type_: Type, record: Record, depth: int) -> None:
        pieces = record.get("#mixed")
        if pieces is None:
            pieces = [{key: value} for key, value in _pairs(record)]
        state = type_.start
        pretty, self.pretty = self.pretty, False
        for piece in pieces if isinstance(pieces, list) else [pieces]:
            if not isinstance(piece, dict):
                self.parts.append(escaped(plain(piece)))
                continue
            for key, value in piece.items():
                if key[:1] in "#?":
                    self.piece(key, value, depth)
                    continue
                entry = state[self._name_of(key, value)]
                if entry is None:
                    raise _unexpected(key, state)
                state = entry[0]
                self.typed(entry[1], value, depth + 1)
        self.pretty = pretty
        if not state.accepting:
            raise _missing(state)

    def sequence(self, type_: Type, state: State, record: Record) -> Iterator[tuple[Element, Value]]:
        """Yield the children of a record in an order that the schema allows."""
        pairs = [*(ordered(record) if "#order" in record else _pairs(record))]
        found, at = self.in_order(state, pairs, may_sort="#order" not in record)
        if not at.accepting:
            raise _missing(at)
        for key, (fewest, most) in type_.limits.items():
            items = sum(pair[0] == key for pair in pairs)
            if items < fewest or (most is not None and items > most):
                raise Unwritable("occurrence", f"There are {items} of an element of the schema ({key}).")
        yield from found

    def in_order(
        self, state: State, pairs: list[tuple[str, Value]], *, may_sort: bool
    ) -> tuple[list[tuple[Element, Value]], State]:
        """Find the elements of children (key, value), in their order or the schema's, and where they lead.

        Raises Unwritable for one that may not stand there.
        """
        straight: list[tuple[Element, Value]] = []
        at = state
        for key, value in pairs:
            entry = at[self._name_of(key, value)]
            if entry is None:
                break
            at = entry[0]
            straight.append((entry[1], value))
        if len(straight) == len(pairs) and (at.accepting or not may_sort):
            return straight, at
        if not may_sort:
            raise _unexpected(pairs[len(straight)][0], at)
        return self._sorted(state, pairs)

    def _sorted(
        self, state: State, pairs: list[tuple[str, Value]]
    ) -> tuple[list[tuple[Element, Value]], State]:
        """Put children into the schema's order: at each point the first that may follow."""
        left: dict[str, deque[Value]] = {}
        for key, value in pairs:
            left.setdefault(key, deque()).append(value)
        found: list[tuple[Element, Value]] = []
        while left:
            may = [*state.expected(), *left]
            key = next((k for k in may if k in left and state[self._name_of(k, left[k][0])]), "")
            entry = state[self._name_of(key, left[key][0])] if key else None
            if entry is None:
                raise _unexpected(next(iter(left)), state)
            state = entry[0]
            found.append((entry[1], left[key].popleft()))
            if not left[key]:
                del left[key]
        return found, state

    def _name_of(self, key: str, value: Value) -> str:
        """Give the parser's name of an element, which may stand in a namespace of its own."""
        own = value.get("@xmlns") if isinstance(value, dict) else None
        return self.name(key, self.model.names.default if own is None else str(own))

    def typed_attributes(self, type_: Type, record: Record) -> str:
        """Write the attributes of a record as the schema says."""
        text, needed = "", len(type_.required)
        for key, value in record.items():
            if key[:1] != "@":
                continue
            attribute = type_.by_key.get(key)
            if attribute is None:
                if not (
                    type_.any_attributes
                    or key == "@xmlns"
                    or key.startswith("@xsi:")
                    or type_.loose is not None
                ):
                    message = f"The schema has no such attribute here: {key[:60]}."
                    raise Unwritable("unexpected_attribute", message)
                text += self.attribute(key, plain(value), len(text))
                continue
            needed -= attribute.is_required
            try:
                text += self.attribute(key, attribute.simple.write(value), len(text))
            except Invalid as wrong:
                if type_.loose is not None:
                    text += self.attribute(key, plain(value), len(text))
                    continue
                failure = Unwritable(*wrong.args[:2])
                failure.path.append(key)
                raise failure from None
        if needed and not type_.loose is not None:
            missing = next(one.key for one in type_.required if one.key not in record)
            raise Unwritable("missing_attribute", f"An attribute that must be there is missing: {missing}.")
        return self.with_xsi(text)

    def _chosen(self, written: Value, declared: Type) -> Type:
        text = str(written)
        if text[:1] == "{":
            name = joined(*text[1:].split("}", 1)) if "}" in text else text
        else:
            prefix, colon, local = text.rpartition(":")
            names = self.model.names
            name = joined(names.namespaces.get(prefix, "") if colon else names.default, local)
        chosen = self.model.types.get(name)
        if chosen is None and declared.loose is None:
            raise Unwritable("type", "The schema has no type of the name that xsi:type gives.")
        return chosen or declared


def _is_undescribed(type_: Type, value: Value) -> bool:
    """Tell whether a type that does not bind says nothing of the value: a text, or mixed with elements."""
    if type_.loose is None:
        return False
    if type_.kind is Kind.VALUE:
        return isinstance(value, dict) and any(key[:1] != "@" and key != "#text" for key in value)
    return type_.kind is Kind.CHILDREN and not (
        isinstance(value, dict) and "#mixed" not in value and "#text" not in value
    )


def _record_for(type_: Type, value: Value) -> Record:
    """Give the record of an element with attributes or children; a bare text is its text, or nothing."""
    if isinstance(value, dict):
        return value
    if type_.kind is Kind.VALUE:
        return {"#text": value}
    if value != "":
        raise Unwritable("not_an_object", "The schema has an object with fields here.")
    return {}


def _pairs(record: Record) -> Iterator[tuple[str, Value]]:
    for key, value in record.items():
        if key[:1] in "@#":
            continue
        if isinstance(value, list):
            for item in value:
                yield key, item
        else:
            yield key, value


def _unexpected(key: str, state: State) -> Unwritable:
    failure = Unwritable(
        "unexpected_element", "A field stands where the schema does not allow it.", listed(state.expected())
    )
    failure.path.append(key)
    return failure


def _missing(state: State) -> Unwritable:
    return Unwritable(
        "missing_element", "A field that the schema demands is missing.", listed(state.expected())
    )
