"""Events to records: the hot loop of every XML format."""

from typing import Any

from typing_extensions import override

from integrations.formats.codec import Record, Value
from integrations.formats.xml_text.model import Element, Invalid, Kind, Mode
from integrations.formats.xml_text.odd import Nil, Odd, again, mix
from integrations.formats.xml_text.parse import Events, Parser
from integrations.formats.xml_text.run import Run

_ANY, _SIMPLE, _VALUE, _CHILDREN, _MIXED, _NIL = Kind
_ONE, _LIST, _LOOSE, _LOOSE_LIST, _ASKED = Mode


class Builder(Events):
    """Hears the events of one document and gives its pieces to the run."""

    def __init__(self, run: Run) -> None:
        self.start, self.end, self.text, note = _handlers(run)
        self.run = run
        self.scope_start, self.scope_end = run.open_scope, run.close_scope
        if run.shape.keep:
            self.instruction = lambda target, data: note("?" + target, data)
            self.comment = lambda data: note("#comment", data)

    @property  # type: ignore[explicit-override]  # it is said below, where a property can say it
    @override
    def parser(self) -> Parser:
        """The parser of the document."""
        return self.run.parser

    @parser.setter
    def parser(self, parser: Parser) -> None:
        self.run.parser = parser


def _handlers(run: Run) -> tuple[Any, Any, Any, Any]:  # noqa: C901, PLR0915  one scope, see below
    """Make the handlers: closures over one scope, which are twice as fast as methods over attributes.

    Measured by the case xml of `make bench`. node: the record of the open element, None while it has neither
    attributes nor children. text: what was read since the last tag. state: what may follow in the element.
    """
    stack, shape, keep = run.stack, run.shape, run.shape.keep
    push, pop = stack.append, stack.pop
    reach, max_depth, max_text = max(len(shape.path), 1), run.limits.max_depth, run.limits.max_field_bytes
    begin, open_outer, close_outer = run.begin, run.open_outer, run.close_outer
    node: Any = None
    text = ""
    element = Element("", "", run.model.anything.type)
    state: Any = run.model.root

    def start(name: str, attributes: list[str]) -> None:
        nonlocal node, text, element, state
        entry = state[name]
        if text:
            if keep or not text.isspace():
                settle()
            text = ""
        if entry is None:
            entry = run.unexpected(element, state, name)
        push((node, element, entry[0]))
        element = entry[1]
        if attributes or element.is_special:
            node, element = begin(element, attributes)
        else:
            node = {} if element.has_record else None
        state = element.start
        depth = len(stack)
        if depth <= reach:
            open_outer(element)
        elif depth > max_depth:
            raise run.limit(
                "too_deep", f"Elements are nested deeper than the {max_depth} levels allowed here."
            )

    def end(_: str) -> None:  # noqa: C901, PLR0912  the innermost loop
        nonlocal node, text, element, state
        kind = element.kind
        value: Any
        if kind is _ANY:
            if node is None:
                value = text
            elif type(node) is dict and (not text or (not keep and _is_layout(node, text))):
                value = node
            else:
                value = _any_value(node, text, keep=keep)
        elif kind is _CHILDREN:
            if text and not text.isspace():
                settle()
            if not state.accepting:
                run.unfinished(element, state)
            if element.limits:
                run.count(element, node)
            value = node if type(node) is dict else _odd_value(node)
        elif node is None and element.read is not None:
            try:
                value = element.read(text)
            except Invalid as wrong:
                value = text
                run.fault(element, wrong.args[0], wrong.args[1])
        else:
            value = _value_of(run, element, node, text)
        text = ""
        if len(stack) <= reach and not close_outer(element, value):
            node, element, state = pop()
            return
        key, mode = element.key, element.mode
        node, element, state = pop()
        if mode is _LOOSE and node is None:
            node = {key: value}
        elif mode is _ONE:
            node[key] = value
        elif mode is _LIST:
            held = node.get(key)
            if type(held) is list:
                held.append(value)
            else:
                # Where another of that name was read that may not stand there, reading goes on with both.
                node[key] = [value] if held is None else [held, value]
        else:
            as_list = mode is _LOOSE_LIST or (mode is _ASKED and _asked(run, key, element))
            if node is None:
                node = {key: [value] if as_list else value}
            elif type(node) is dict and key not in node:
                node[key] = [value] if as_list else value
            else:
                node = again(node, key, value, as_list=as_list)

    def characters(piece: str) -> None:
        nonlocal text
        text = text + piece if text else piece
        if len(text) > max_text:
            raise run.limit("field_too_long", f"A text is longer than the {max_text:,} bytes allowed here.")

    def settle() -> None:
        """Take the text that stands between children."""
        nonlocal node, text
        piece, text = text, ""
        if element.kind in {_ANY, _MIXED} or element.type.loose is not None:
            if keep or not piece.isspace():
                node = mix(node, piece)
        elif not piece.isspace() and not run.broken:
            run.fault(element, "stray_text", "Text stands between elements, where the schema allows none.")

    def note(key: str, data: str) -> None:
        """Take a comment or an instruction."""
        nonlocal node
        if not stack:
            run.note(key, data)
            return
        if text:
            settle()
        if element.kind in {_ANY, _MIXED}:
            node = mix(node, {key: data})

    return start, end, characters, note


def _is_layout(node: Record, text: str) -> bool:
    """Tell whether a text is the white space behind the last child, and no value."""
    return text.isspace() and next(reversed(node), "#")[0] != "@"


def _any_value(node: Record, text: str, *, keep: bool) -> Value:
    """Give the value of an element with attributes and a text, or an odd one."""
    if isinstance(node, Nil) and not text:
        return None
    if not isinstance(node, Odd) and next(reversed(node), "@")[0] == "@":
        return {**node, "#text": text}
    if text and (keep or not text.isspace()):
        node = mix(node, text)
    return node.finish() if isinstance(node, Odd) else node


def _odd_value(odd: Odd) -> Value:
    """Give the value of an odd element of children; where the type does not bind, it may be but a text."""
    is_text = odd.mixed is not None and len(odd.mixed) == 1 and not odd
    return odd.mixed[0] if is_text and odd.mixed else odd.finish()


def _value_of(run: Run, element: Element, node: Any, text: str) -> Value:  # noqa: ANN401  a record or nothing
    """Give the value of an element whose type is not ANY and not of children only."""
    kind, simple = element.type.kind, element.type.simple
    if kind is Kind.MIXED:
        odd = mix(node, text) if text else node
        return odd.finish() if isinstance(odd, Odd) else {**odd, "#mixed": []}
    if kind is Kind.NIL:
        if text or any(key[0] != "@" for key in node):
            run.fault(element, "nil", "An element that is nil must be empty.")
        return {**node} if len(node) > 1 else None
    has_children = node is not None and (isinstance(node, Odd) or any(key[:1] != "@" for key in node))
    if has_children and element.type.loose is not None:
        return _any_value(node, text, keep=False)
    value: Value = text
    if simple is not None:
        try:
            value = simple.read(run.qname(text, run.model.names.default) if simple.is_qname else text)
        except Invalid as wrong:
            run.fault(element, wrong.args[0], wrong.args[1])
    if kind is Kind.VALUE or (node and element.type.loose is not None):
        return {**node, "#text": value}
    return value


def _asked(run: Run, key: str, parent: Element) -> bool:
    """Tell whether one of the paths that end with this key leads here."""
    for wanted in run.shape.asked[key]:
        if not wanted or (wanted[-1] == parent.key and len(wanted) <= len(run.stack)):
            above = wanted[-2::-1]
            if all(run.stack[-number][1].key == name for number, name in enumerate(above, 1)):
                return True
    return False
