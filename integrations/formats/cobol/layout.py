"""Copybook → compiled parts: sizes, offsets, redefinitions, alignment, and which fields count or choose."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from integrations.errors import ConfigError
from integrations.formats.cobol.columns import alignment, column_of_item, effective_usage
from integrations.formats.cobol.copybook import Item, Usage, parse_copybook
from integrations.formats.cobol.groups import Group, Part, Run, Skip, is_varying
from integrations.formats.cobol.nodes import Leaf, Sub, Table
from integrations.formats.cobol.options import CobolOptions
from integrations.formats.cobol.redefined import Union, View
from integrations.formats.cobol.texts import CodePage, text_column

MAX_SIZE = 10 << 20
MAX_DEPTH = 48


@dataclass(frozen=True, slots=True)
class Layout:
    """A compiled copybook. items: the declarations that it was made of."""

    group: Group
    items: tuple[Item, ...]
    page: CodePage


@lru_cache(maxsize=32)
def compile_layout(options: CobolOptions) -> Layout:
    """Compile the copybook of the options.

    Raises ConfigError ``cobol.copybook`` (and ``cobol.picture``) with the line of the copybook.
    """
    items = chosen_records(options)
    return _Builder(options).layout(items)


def chosen_records(options: CobolOptions) -> tuple[Item, ...]:
    """Give the declared records that the options mean: one, or several that share their bytes."""
    roots = parse_copybook(options.copybook, options.source)
    records = tuple(root for root in roots if root.level != 77) or roots
    if not options.record:
        return records
    found = tuple(root for root in records if root.name == options.record.upper())
    if not found:
        raise ConfigError(
            "cobol.copybook",
            f"The copybook declares no record {options.record[:40]}.",
            place="record",
            hint="Its records: " + ", ".join(root.name for root in records[:10]) + ".",
        )
    return found


def item_key(name: str, names: str) -> str:
    """Give the key of an item in a record."""
    return name.lower().replace("-", "_") if names == "snake" else name


class _Builder:
    """Builds the parts of one layout. watched: names that tables are counted by or segments chosen by."""

    def __init__(self, options: CobolOptions) -> None:
        self.options = options
        self.page = CodePage(options)
        self.rules: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for segment in options.segments:
            rule = (segment.field.upper(), frozenset(value.strip() for value in segment.values))
            self.rules.setdefault(segment.use.upper(), []).append(rule)
        self.watched = {segment.field.upper() for segment in options.segments}
        self.as_text = {name.upper() for name in options.as_text}
        self.used: set[str] = set()
        self.fillers = 0

    def layout(self, items: tuple[Item, ...]) -> Layout:
        for root in items:
            self.watched.update(item.depending for item in walk_items((root,)) if item.depending)
        if len(items) == 1 and items[0].children and not items[0].is_filler and items[0].max_items is None:
            group = self.group(items[0].children, items[0], 0)
        elif all(item.level == 1 for item in items) and len(items) > 1:
            group = self.group(
                (items[0], *(replace(item, redefines=items[0].name) for item in items[1:])), None, 0
            )
        else:
            group = self.group(items, None, 0)
        declared = {item.name for item in walk_items(items)}
        for name in sorted(self.watched - declared):
            raise _wrong(None, f"There is no field {name[:40]}, which a table or a segment depends on.")
        unknown = set(self.rules) - self.used
        if unknown:
            raise _wrong(None, f"The segment {min(unknown)} is no item that redefines or is redefined.")
        if not group.size:
            raise _wrong(items[0], "The record of this copybook has no bytes.")
        _count_tables(group)
        return Layout(group, items, self.page)

    def group(self, items: Sequence[Item], parent: Item | None, depth: int, base: int = 0) -> Group:
        """Compile the items of a group. base: where it begins in the record, for aligned numbers."""
        if depth > MAX_DEPTH:
            raise _wrong(parent, "The groups are nested too deeply.")
        inherited = parent.usage if parent else None
        builder = _Runs(self.watched)
        names: dict[str, int] = {}
        for views in _redefinitions(self._lifted(items, depth)):
            builder.align(base, alignment(views[0], inherited))
            here = base + builder.size
            parts = [self._part(item, inherited, names, (depth, here)) for item in views]
            texts = [part for item in views for part in self._as_text(item, parts[views.index(item)])]
            builder.add(self._union(views, parts, texts) if len(views) + len(texts) > 1 else parts[0])
            if builder.size > MAX_SIZE:
                raise _wrong(views[0], f"The record is longer than the {MAX_SIZE:,} bytes that can be read.")
        if parent is not None and parent.max_items is not None:
            builder.align(0, max((alignment(item, inherited) for item in items), default=1))
        return builder.group()

    def _as_text(self, item: Item, part: Part | Skip) -> list[Leaf]:
        """Give the text of a group that is also wanted as one."""
        if item.name not in self.as_text or not isinstance(part, Sub):
            return []
        key = item_key(f"{item.name}-TEXT", self.options.names)
        return [Leaf(key, text_column(part.size, self.page, self.options, is_right=False), "", is_text=True)]

    def _lifted(self, items: Sequence[Item], depth: int) -> Iterator[Item]:
        """Replace groups without a name by their items, which stand beside the others."""
        redefined = {item.redefines for item in items}
        for item in items:
            is_plain = not item.redefines and item.max_items is None and "FILLER" not in redefined
            if item.is_filler and item.children and is_plain and depth < MAX_DEPTH:
                inherited = [
                    replace(child, usage=child.usage or item.usage, sign=child.sign or item.sign)
                    for child in item.children
                ]
                yield from self._lifted(inherited, depth + 1)
            else:
                yield item

    def _part(
        self, item: Item, inherited: Usage | None, names: dict[str, int], place: tuple[int, int]
    ) -> Part | Skip:
        if item.is_filler and not item.children and self.options.fillers == "drop":
            return Skip(self._element(item, "", inherited, place).initial * (item.max_items or 1))
        key = self._key(item, names)
        element = self._element(item, key, inherited, place)
        if item.max_items is None:
            return element
        if element.size * item.max_items > MAX_SIZE:
            raise _wrong(item, f"The table is larger than the {MAX_SIZE:,} bytes that can be read.")
        is_filled = bool(item.depending) and self.options.is_filled
        return Table(key, element, item.min_items, item.max_items, item.depending, is_filled)

    def _key(self, item: Item, names: dict[str, int]) -> str:
        if item.is_filler:
            if item.children and item.max_items is None:
                return ""
            self.fillers += 1
            return item_key(f"FILLER-{self.fillers}", self.options.names)
        names[item.name] = names.get(item.name, 0) + 1
        number = f"-{names[item.name]}" if names[item.name] > 1 else ""
        return item_key(item.name + number, self.options.names)

    def _element(self, item: Item, key: str, inherited: Usage | None, place: tuple[int, int]) -> Leaf | Sub:
        """Compile an item without its OCCURS. place: how deep and where in the record it is."""
        if item.children:
            usage = item.usage or inherited
            children = [replace(child, sign=child.sign or item.sign) for child in item.children]
            if item.is_separate:
                children = [replace(child, is_separate=True) for child in children]
            depth, base = place
            return Sub(key, self.group(children, replace(item, usage=usage), depth + 1, base))
        usage = effective_usage(item, inherited)
        column = column_of_item(item, usage, self.page, self.options)
        watch = item.name if item.name in self.watched else ""
        is_text = item.picture is not None and item.picture.kind == "text"
        return Leaf(key, column, watch, is_text)

    def _union(self, items: Sequence[Item], parts: Sequence[Part | Skip], texts: list[Leaf]) -> Union:
        views: list[View] = []
        for item, part in zip(items, parts, strict=True):
            if isinstance(part, Skip | Union):
                continue
            if is_varying(part):
                raise _wrong(item, "A table whose room varies cannot be redefined or redefine.")
            rules = tuple(self.rules.get(item.name, ()))
            self.used.add(item.name)
            views.append(View(part, rules, _probes_inside(part, {name for name, _ in rules})))
        views.extend(View(text) for text in texts)
        if not views:
            raise _wrong(items[0], "None of the items that share these bytes has a name.")
        return Union(tuple(views), max(part.size for part in parts), bytes([self.page.blank]))


@dataclass
class _Runs:
    """Collects the parts of a group into runs."""

    watched: set[str]
    size: int = 0
    run: list[tuple[int, Part]] = field(default_factory=list)
    run_size: int = 0
    initial: list[bytes] = field(default_factory=list)
    done: list[Run | Table | Sub] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def align(self, base: int, boundary: int) -> None:
        """Put bytes of slack before a part that must stand on a boundary of the record."""
        slack = -(base + self.size) % boundary
        if slack:
            self._add(Skip(bytes(slack)))

    def add(self, part: Part | Skip) -> None:
        self._add(part)
        if not isinstance(part, Skip):
            self.keys.extend(part.names())

    def _add(self, part: Part | Skip) -> None:
        self.size += part.size
        if isinstance(part, Table | Sub) and is_varying(part):
            self._close()
            self.done.append(part)
            return
        if not isinstance(part, Skip):
            self.run.append((self.run_size, part))
        self.run_size += part.size
        self.initial.append(part.initial)

    def _close(self) -> None:
        if not self.run_size:
            return
        code, at = ">", 0
        for start, part in self.run:
            code += f"{start - at}x{part.code}" if start > at else part.code
            at = start + part.size
        code += f"{self.run_size - at}x" if self.run_size > at else ""
        probes = [
            (leaf.watch, start + offset, leaf)
            for start, part in self.run
            for offset, leaf in _leaves(part)
            if leaf.watch in self.watched and leaf.watch
        ]
        made = Run(tuple(self.run), self.run_size, b"".join(self.initial), tuple(probes), struct.Struct(code))
        self.done.append(made)
        self.run, self.run_size, self.initial = [], 0, []

    def group(self) -> Group:
        self._close()
        if not self.done:
            self.done.append(Run((), 0, b"", (), struct.Struct(">")))
        return Group(tuple(self.done), tuple(self.keys))


def _leaves(part: Part, base: int = 0) -> Iterator[tuple[int, Leaf]]:
    """Yield the leaves of fixed place inside a part, with their offset; not those of tables and unions."""
    if isinstance(part, Leaf):
        yield base, part
    elif isinstance(part, Sub):
        at = base
        for run in part.group.runs:
            if isinstance(run, Run):
                for start, inner in run.parts:
                    yield from _leaves(inner, at + start)
            at += run.size


def _probes_inside(part: Part, names: set[str]) -> dict[str, tuple[int, Leaf]]:
    return {leaf.watch: (offset, leaf) for offset, leaf in _leaves(part) if leaf.watch in names}


def _redefinitions(items: Iterator[Item]) -> list[list[Item]]:
    """Put each item and those that redefine it together."""
    found: list[list[Item]] = []
    places: dict[str, list[Item]] = {}
    for item in items:
        if not item.redefines:
            found.append([item])
            places[item.name] = found[-1]
            continue
        if item.redefines not in places:
            raise _wrong(item, f"{item.name} redefines {item.redefines}, which is not declared before it.")
        places[item.redefines].append(item)
        places[item.name] = places[item.redefines]
    return found


def walk_items(items: Sequence[Item]) -> Iterator[Item]:
    """Yield items and all below them."""
    for item in items:
        yield item
        yield from walk_items(item.children)


def _count_tables(scope: Group) -> None:
    """Tell each scope (the record, an item of a table) which of its fields count which tables."""
    counts = {leaf.watch for leaf in _scope_leaves(scope)}
    scope.counted = tuple(
        (table.depending, path) for table, path in _tables(scope, ()) if table.depending in counts
    )
    for table, _ in _tables(scope, ()):
        if isinstance(table.element, Sub) and table.element.group is not scope:
            _count_tables(table.element.group)


def _scope_leaves(group: Group) -> Iterator[Leaf]:
    for run in group.runs:
        if isinstance(run, Run):
            for _, part in run.parts:
                yield from (leaf for _, leaf in _leaves(part))
        elif isinstance(run, Sub):
            yield from _scope_leaves(run.group)


def _tables(group: Group, path: tuple[str, ...]) -> Iterator[tuple[Table, tuple[str, ...]]]:
    for run in group.runs:
        for part in [part for _, part in run.parts] if isinstance(run, Run) else [run]:
            if isinstance(part, Table):
                yield part, (*path, part.key)
                if isinstance(part.element, Sub):
                    yield from _tables(part.element.group, (*path, part.key))
            elif isinstance(part, Sub):
                yield from _tables(part.group, (*path, part.key) if part.key else path)


def _wrong(item: Item | None, message: str) -> ConfigError:
    return ConfigError("cobol.copybook", message, place=f"copybook line {item.line}" if item else "segments")
