"""XSD files to the model of a document: elements, types, and what may follow what.

Read: elements, local and global, with substitution groups; complex types with extension and restriction,
simple and mixed content, sequence, choice, all, groups and wildcards; simple types with their facets, lists
and unions; attributes and their groups; xsi:type and nil. Not read: keys, uniqueness, assertions, defaults.
Source: XML Schema Part 1: Structures.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from integrations.errors import ConfigError
from integrations.formats.xml_text import simple as simple_types
from integrations.formats.xml_text.content import (
    EMPTY,
    Budget,
    Content,
    Particle,
    TooLargeError,
    elements,
    settle_modes,
)
from integrations.formats.xml_text.model import (
    AnyState,
    Attribute,
    Element,
    Kind,
    Mode,
    Model,
    Roots,
    State,
    Type,
    untyped,
)
from integrations.formats.xml_text.names import XML, XSI, Names, joined, parted
from integrations.formats.xml_text.simple import Definition
from integrations.formats.xml_text.xsd_files import (
    WELL_KNOWN,
    XS,
    Files,
    Node,
    Part,
    child_of,
    local_tag,
    place,
    qname,
    unknown,
)
from integrations.formats.xml_text.xsd_prefixes import prefixes_of
from integrations.formats.xml_text.xsd_simple import Depth, SimpleTypes

_GROUPS: Final = {"sequence", "choice", "all"}
_MAX_TYPES: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Complex:
    """A complex type while it is derived. value: its simple content."""

    particle: Particle
    attributes: dict[str, Attribute]
    any_attributes: bool = False
    is_mixed: bool = False
    value: Definition | None = None
    is_anything: bool = False


class Schemas:
    """A schema whose files are read, ready to give the model of a document.

    is_loose: it tells types only; what it does not know is neither wrong nor missing.
    """

    def __init__(
        self, files: Files, prefixes: Mapping[str, str] | None = None, *, is_loose: bool = False
    ) -> None:
        self.files = files
        self.names = Names(prefixes_of(files, prefixes or {}))
        blank = untyped(self.names)
        self.anything: AnyState = blank.anything
        self.loose = blank.anything if is_loose else None
        self.types: dict[str, Type] = {}
        self.depth, self.budget = Depth(), Budget()
        self.simple = SimpleTypes(files, self.depth)
        self._complexes: dict[tuple[str, str], _Complex] = {}
        self._elements: list[Element] = []
        self._pending: list[Callable[[], None]] = []
        self._globals: dict[str, Element] = {}
        self._members: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for namespace, local, found in files.all_of("element"):
            head = found.node.get("substitutionGroup")
            for one in (head or "").split():
                self._members.setdefault(qname(found.node, one, found.part), []).append((namespace, local))

    def model(self, root: str = "") -> Model:
        """Give the model of documents whose outermost element is the global element of that name.

        root: its local name; empty: any global element. Raises ConfigError with the file and line.
        """
        roots = Roots()
        for namespace, local, found in self.files.all_of("element"):
            # All of them are made now: a wildcard may meet any while documents are read.
            element = self.global_element(namespace, local)
            if root in {"", local} and found.node.get("abstract") not in {"true", "1"}:
                roots[element.name] = (_END, element)
        if not roots:
            hint = ", ".join(sorted({local for _, local, _ in self.files.all_of("element")})[:8])
            raise ConfigError("xml.xsd_root", "The schema has no such outermost element.", hint=hint)
        for namespace, local, _ in self.files.all_of("complexType"):
            self.named_type(namespace, local)
        self.settle()
        return Model(self.names, roots, self.anything, self.types)

    def settle(self) -> None:
        """Build what the elements met so far refer to."""
        while self._pending:
            self._pending.pop()()
        for element in self._elements:
            element.settle()
        self._elements.clear()

    def global_element(self, namespace: str, local: str) -> Element:
        """Give a global element, which must be there."""
        name = joined(namespace, local)
        element = self._globals.get(name)
        if element is None:
            found = self.files.components["element", namespace, local]
            element = self._globals[name] = self._element(found.node, found.part, namespace, 1, 1)
            element.mode = Mode.LOOSE
        return element

    def _element(self, node: Node, part: Part, namespace: str, low: int, high: int | None) -> Element:
        local = node.get("name", "")
        key = self.names.element_key(namespace, local, self.names.default)[0]
        element = Element(
            key,
            joined(namespace, local),
            self._type_of(node, part),
            nillable=node.get("nillable") in {"true", "1"},
            min_items=low,
            max_items=high,
        )
        self._elements.append(element)
        return element

    # Types

    def _type_of(self, node: Node, part: Part) -> Type:
        """Give the type of an element's declaration."""
        named = node.get("type")
        if named is not None:
            return self._referred(node, named, part)
        inner = child_of(node, "complexType")
        if inner is not None:
            return self._later("", inner, part)
        inner = child_of(node, "simpleType")
        if inner is not None:
            return self._simple_type("", self._fixed(node, self.simple.node(inner, part)))
        head = node.get("substitutionGroup")
        if head is not None:
            namespace, local = qname(node, head.split()[0], part)
            found = self.files.find("element", namespace, local)
            if found is not None and found.node is not node:
                with self.depth.at(node, part):
                    return self._type_of(found.node, found.part)
        return self.anything.type

    def _referred(self, node: Node, named: str, part: Part) -> Type:
        namespace, local = qname(node, named, part)
        found = self.files.find("complexType", namespace, local)
        if found is not None:
            return self.named_type(namespace, local)
        if (namespace, local) == (XS, "anyType") or namespace in WELL_KNOWN:
            return self.anything.type
        return self._simple_type(local, self._fixed(node, self.simple.definition(node, named, part)))

    def _simple_type(self, name: str, definition: Definition) -> Type:
        return Type(Kind.SIMPLE, name, simple=simple_types.simple(definition), loose=self.loose)

    def _fixed(self, node: Node, definition: Definition) -> Definition:
        fixed = node.get("fixed")
        return (
            definition if fixed is None else simple_types.restricted(definition, [("enumeration", fixed)], {})
        )

    def named_type(self, namespace: str, local: str) -> Type:
        """Give a global complex type, which must be there; it is filled by ``settle``."""
        name = joined(namespace, local)
        if name not in self.types:
            found = self.files.components["complexType", namespace, local]
            self.types[name] = self._later(local, found.node, found.part)
        return self.types[name]

    def _later(self, name: str, node: Node, part: Part) -> Type:
        """Give a type that is filled later: types may hold themselves."""
        made = Type(Kind.CHILDREN, name, loose=self.loose)
        if len(self.types) + len(self._pending) > _MAX_TYPES:
            raise ConfigError("xml.xsd_too_large", "The schema has too many types.", place=place(node, part))
        self._pending.append(lambda: self._fill(made, node, part))
        return made

    def _fill(self, made: Type, node: Node, part: Part) -> None:
        found = self._complex(node, part)
        made.attributes = {attribute.name: attribute for attribute in found.attributes.values()}
        made.by_key = {attribute.key: attribute for attribute in found.attributes.values()}
        made.required = tuple(a for a in found.attributes.values() if a.is_required)
        made.any_attributes = found.any_attributes
        if found.is_anything:
            made.kind, made.start, made.any_attributes = Kind.ANY, self.anything, True
            return
        if found.value is not None:
            made.kind, made.simple = Kind.VALUE, simple_types.simple(found.value)
            return
        try:
            content = Content(found.particle, self.budget)
        except TooLargeError:
            message = "An element of the schema has too many possible children."
            raise ConfigError("xml.xsd_too_large", message, place=place(node, part)) from None
        settle_modes(found.particle)
        made.kind = Kind.MIXED if found.is_mixed else Kind.CHILDREN
        # In mixed content children are not counted: they stand in one list with the text.
        made.start, made.limits = content.start, {} if found.is_mixed else content.limits
        made.children = tuple({element.key: element for element in elements(found.particle)}.values())
        for element in elements(found.particle):
            if found.is_mixed or (self.loose is not None and element.mode is Mode.ONE):
                element.mode = Mode.LOOSE
            elif self.loose is not None:
                element.mode = Mode.LOOSE_LIST
        if self.loose is not None:
            made.start, made.limits = _Bag(), {}
            made.start.update({child.name: (made.start, child) for child in made.children})

    def _complex(self, node: Node, part: Part) -> _Complex:
        with self.depth.at(node, part):
            is_mixed = node.get("mixed") in {"true", "1"}
            content = child_of(node, "simpleContent")
            if content is not None:
                return self._simple_content(content, part)
            content = child_of(node, "complexContent")
            if content is not None:
                mixed = content.get("mixed")
                return self._derived(
                    content, part, is_mixed=is_mixed if mixed is None else mixed in {"true", "1"}
                )
            particle = self._group_in(node, part) or EMPTY
            attributes, is_any = self._attributes(node, part)
            return _Complex(particle, attributes, is_any, is_mixed)

    def _base(self, node: Node, part: Part) -> _Complex:
        namespace, local = qname(node, node.get("base", ""), part)
        if (namespace, local) == (XS, "anyType") or namespace in WELL_KNOWN:
            return _Complex(EMPTY, {}, any_attributes=True, is_anything=True)
        known = self._complexes.get((namespace, local))
        if known is None:
            found = self.files.find("complexType", namespace, local)
            if found is None:
                return _Complex(EMPTY, {}, value=self.simple.definition(node, node.get("base", ""), part))
            known = self._complexes[namespace, local] = self._complex(found.node, found.part)
        return known

    def _simple_content(self, content: Node, part: Part) -> _Complex:
        node = _derivation(content, part)
        base = self._base(node, part)
        attributes, is_any = self._attributes(node, part, base.attributes)
        value = base.value or simple_types.built_in("string")
        if node.tag == f"{{{XS}}}restriction" and value is not None:
            inner = child_of(node, "simpleType")
            value = self.simple.facets(
                node, self.simple.node(inner, part) if inner is not None else value, part
            )
        return _Complex(EMPTY, attributes, is_any or base.any_attributes, value=value)

    def _derived(self, content: Node, part: Part, *, is_mixed: bool) -> _Complex:
        node = _derivation(content, part)
        base = self._base(node, part)
        own = self._group_in(node, part)
        attributes, is_any = self._attributes(node, part, base.attributes)
        if node.tag == f"{{{XS}}}restriction":
            return _Complex(own or EMPTY, attributes, is_any, is_mixed)
        if base.is_anything and own is None:
            return replace(base, attributes=attributes)
        items = tuple(one for one in (base.particle, own) if one is not None and one != EMPTY)
        particle = items[0] if len(items) == 1 else Particle("sequence", items=_copied(items, self._elements))
        return _Complex(particle, attributes, is_any or base.any_attributes, is_mixed or base.is_mixed)

    # Content

    def _group_in(self, node: Node, part: Part) -> Particle | None:
        """Give the content model that stands directly in a type, group or derivation."""
        for child in node:
            kind = local_tag(child)
            if kind in _GROUPS or kind == "group":
                return self._particle(child, part)
        return None

    def _particle(self, node: Node, part: Part) -> Particle:
        with self.depth.at(node, part):
            kind, (low, high) = local_tag(node), _occurs(node, part)
            if kind == "element":
                return self._element_particle(node, part, low, high)
            if kind == "any":
                return Particle("any", low, high, wildcard=self._wildcard(node, part))
            if kind == "group":
                found = self.files.required("group", node, node.get("ref", ""), part)
                inner = self._group_in(found.node, found.part) or EMPTY
                return inner if (low, high) == (1, 1) else Particle("sequence", low, high, (inner,))
            items = tuple(
                self._particle(child, part)
                for child in node
                if local_tag(child) in {"element", "any", "group", *_GROUPS}
            )
            if kind == "all" and all(item.kind == "element" for item in items):
                return Particle("all", low, high, items)
            return Particle("choice" if kind == "choice" else "sequence", low, high, items)

    def _element_particle(self, node: Node, part: Part, low: int, high: int | None) -> Particle:
        ref = node.get("ref")
        if ref is None:
            form = node.get("form")
            is_qualified = part.qualifies_elements if form is None else form == "qualified"
            element = self._element(node, part, part.target if is_qualified else "", low, high)
            return Particle("element", low, high, element=element)
        namespace, local = qname(node, ref, part)
        if namespace in WELL_KNOWN:
            return Particle("any", low, high, wildcard=self._anything_named(joined(namespace, local)))
        found = self.files.required("element", node, ref, part)
        members = [
            self._element(one.node, one.part, space, low, high)
            for space, name in self._substitutes(namespace, local)
            if (one := self.files.components["element", space, name]).node.get("abstract")
            not in {"true", "1"}
        ]
        if found.node.get("abstract") not in {"true", "1"}:
            members.insert(0, self._element(found.node, found.part, namespace, low, high))
        if len(members) == 1:
            return Particle("element", low, high, element=members[0])
        return Particle("choice", low, high, tuple(Particle("element", element=one) for one in members))

    def _substitutes(self, namespace: str, local: str) -> Iterator[tuple[str, str]]:
        pending, seen = [(namespace, local)], {(namespace, local)}
        while pending:
            for member in self._members.get(pending.pop(), ()):
                if member not in seen:
                    seen.add(member)
                    pending.append(member)
                    yield member

    def _anything_named(self, wanted: str) -> Callable[[str], Element | None]:
        def element(name: str) -> Element | None:
            entry = self.anything[name] if name == wanted else None
            return entry[1] if entry is not None else None

        return element

    def _wildcard(self, node: Node, part: Part) -> Callable[[str], Element | None]:
        allowed = node.get("namespace", "##any").split()
        process = node.get("processContents", "strict")
        spaces = {"##targetNamespace": part.target, "##local": ""}
        listed = {spaces.get(one, one) for one in allowed}

        def element(name: str) -> Element | None:
            namespace, local = parted(name)
            if "##other" in allowed:
                if namespace in {part.target, ""}:
                    return None
            elif "##any" not in allowed and namespace not in listed:
                return None
            if process != "skip" and ("element", namespace, local) in self.files.components:
                return self.global_element(namespace, local)
            if process == "strict":
                return None
            entry = self.anything[name]
            return entry[1] if entry is not None else None

        return element

    # Attributes

    def _attributes(
        self, node: Node, part: Part, base: Mapping[str, Attribute] | None = None
    ) -> tuple[dict[str, Attribute], bool]:
        found, is_any = dict(base or {}), False
        for child in node:
            kind = local_tag(child)
            if kind == "attribute":
                self._attribute(child, part, found)
            elif kind == "attributeGroup":
                group = self.files.required("attributeGroup", child, child.get("ref", ""), part)
                with self.depth.at(child, part):
                    inner, inner_any = self._attributes(group.node, group.part, found)
                found, is_any = inner, is_any or inner_any
            elif kind == "anyAttribute":
                is_any = True
        return found, is_any

    def _attribute(self, node: Node, part: Part, found: dict[str, Attribute]) -> None:
        ref = node.get("ref")
        use = node.get("use")
        if ref is not None:
            namespace, local = qname(node, ref, part)
            known = self.files.find("attribute", namespace, local)
            if known is not None:
                definition = self._attribute_type(known.node, known.part)
            elif namespace in {XML, XSI, *WELL_KNOWN}:
                definition = simple_types.built_in("string")
            else:
                raise unknown(node, "attribute", part)
        else:
            local, form = node.get("name", ""), node.get("form")
            is_qualified = part.qualifies_attributes if form is None else form == "qualified"
            namespace = part.target if is_qualified else ""
            definition = self._attribute_type(node, part)
        name = joined(namespace, local)
        if use == "prohibited" or definition is None:
            found.pop(name, None)
            return
        compiled = simple_types.simple(self._fixed(node, definition))
        found[name] = Attribute(self.names.attribute_key(name), name, compiled, use == "required")

    def _attribute_type(self, node: Node, part: Part) -> Definition | None:
        named, inner = node.get("type"), child_of(node, "simpleType")
        if named is not None:
            return self.simple.definition(node, named, part)
        if inner is not None:
            return self.simple.node(inner, part)
        return simple_types.built_in("string")


class _Bag(State):
    """The children of a type that binds nobody: in any order, any number of times."""


_END: Final = State()


def _copied(items: tuple[Particle, ...], made: list[Element]) -> tuple[Particle, ...]:
    """Copy the elements of particles that several types share, because each type settles their mode."""
    copies = []
    for item in items:
        element = item.element
        if element is not None:
            element = Element(
                element.key,
                element.name,
                element.type,
                element.mode,
                nillable=element.nillable,
                min_items=element.min_items,
                max_items=element.max_items,
            )
            made.append(element)
        copies.append(replace(item, element=element, items=_copied(item.items, made)))
    return tuple(copies)


def _derivation(content: Node, part: Part) -> Node:
    for child in content:
        if local_tag(child) in {"extension", "restriction"}:
            return child
    raise ConfigError("xml.xsd", "A type of the schema derives from nothing.", place=place(content, part))


def _occurs(node: Node, part: Part) -> tuple[int, int | None]:
    low, high = node.get("minOccurs", "1").strip(), node.get("maxOccurs", "1").strip()
    if not (low.isdigit() and (high.isdigit() or high == "unbounded") and len(low + high) <= 20):
        raise ConfigError("xml.xsd", "An occurrence in the schema is no number.", place=place(node, part))
    return int(low), None if high == "unbounded" else int(high)
