"""The check itself: every rule of a plan against the fields of the target, and the source against the plan.

Errors are what can never work or always breaks the target's rules; warnings are what some documents will
meet; infos are what a person may want to look at (a field of the source that nothing reads).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from integrations.errors import Problem
from integrations.mapping.check import checked
from integrations.mapping.fit.facts import Fact, kinds_of, of_value
from integrations.mapping.fit.follow import Follower, Tables, closest
from integrations.mapping.fit.making import field_of, written
from integrations.mapping.fit.values import value_problems
from integrations.mapping.plan import Block, Loop, OnMissing, Plan, Rule
from integrations.mapping.values import Kind
from integrations.schema.model import Field, Path, Schema, Type

MAX_UNREAD: Final = 500
MAX_DEPTH: Final = 16
NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Fit:
    """What a plan does to its documents: problems, and a field that describes what it makes."""

    problems: list[Problem]
    made: Field


def check_fit(
    document: object, source: Schema | None, target: Schema | None, tables: Tables = NOTHING
) -> list[Problem]:
    """Give every problem of a plan with these two documents; None for a side that has no schema.

    The plan itself must be right: where ``check`` finds errors, there is nothing here. tables: the lookup
    tables that the plan will have. The place is that of the rule or operation; ``source/order/note`` for a
    field of the source that nothing reads.
    """
    plan, problems = checked(document)
    if _has_error(problems):
        return []
    follower = _follower(plan, source, tables)
    found = _fit(plan, follower, target).problems
    return [*found, *_unread(follower, source)] if source else found


def fit(document: object, source: Schema | None, target: Schema | None, tables: Tables = NOTHING) -> Fit:
    """Give the problems as ``check_fit`` does, without the fields that nothing reads, and what is made.

    Objects in ``made`` refer to definitions of the source. It is of type ANY where the plan is wrong.
    """
    plan, problems = checked(document)
    if _has_error(problems):
        return Fit([], Field("", Type.ANY, nullable=True))
    return _fit(plan, _follower(plan, source, tables), target)


def _has_error(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _follower(plan: Plan, source: Schema | None, tables: Tables) -> Follower:
    return Follower(plan, source or Schema(Field("", Type.ANY, is_open=True)), tables)


def _fit(plan: Plan, follower: Follower, target: Schema | None) -> Fit:
    targets = _Targets(follower, target)
    made = targets.block(plan.block, target.root if target else None, (), "rules")
    whole = made.whole()
    if not made.facts:  # an object is made in any case
        whole = replace(whole, may_lack=False)
    return Fit(list(dict.fromkeys(follower.problems)), field_of(whole))


class _Written:
    """What the rules of one block write: a tree of targets; at the leaves whether a value is sure to come."""

    def __init__(self) -> None:
        self.inner: dict[str, _Written] = {}
        self.facts: list[Fact] = []
        self.is_sure = False
        self.place = ""

    def at(self, keys: Path) -> "_Written":
        found = self
        for key in keys:
            found = found.inner.setdefault(key, _Written())
        return found

    def whole(self) -> Fact:
        """Give what is known of the value that is written."""
        if self.facts:
            return written(self.facts, is_sure=self.is_sure)
        members = {key: inner.whole() for key, inner in self.inner.items()}
        is_sure = not members or any(not member.may_lack for member in members.values())
        return Fact(Kind.OBJECT, members=members, may_lack=not is_sure)


class _Targets:
    def __init__(self, follower: Follower, target: Schema | None) -> None:
        self.follower = follower
        self.target = target

    def block(self, block: Block, into: Field | None, at: Path, place: str) -> _Written:
        """Check the rules that fill one object (or one item of a list), and give what they write."""
        made = _Written()
        for rule in block.rules:
            keys = rule.target.keys
            if rule.target.condition is not None:
                self.follower.value(rule.target.condition)
            found = into if block.is_bare else self._find(rule, into, at)
            if isinstance(rule, Rule):
                fact = self.follower.value(rule.op)
                self._one(rule, fact, found, (*at, *keys), is_item=block.is_bare and bool(at))
            else:
                fact = self._loop(rule, found, (*at, *keys))
            self._note(made.at(keys), rule, fact)
        if into is not None and not block.is_bare:
            self._required(made, into, at, place)
        return made

    def _note(self, made: _Written, rule: Rule | Loop, fact: Fact) -> None:
        made.facts.append(fact)
        if rule.target.on_missing is OnMissing.DEFAULT:
            made.facts.append(of_value(rule.target.default))
        made.place = rule.target.spot.place
        is_given = rule.target.on_missing in {OnMissing.ERROR, OnMissing.DEFAULT}
        if rule.target.condition is None and (is_given or not fact.may_lack):
            made.is_sure = True

    def _loop(self, rule: Loop, found: Field | None, at: Path) -> Fact:
        items = self.follower.enter(rule)
        if found is not None and not found.repeats and found.type is not Type.ANY:
            self.follower.problem(
                "list_as_single",
                f"“{_words(at)}” is not a list in the target: a loop cannot write it.",
                f"{rule.target.spot.place}.to",
                "Take one item of the list (first, find) in a rule.",
            )
            found = None
        is_structure = found is not None and found.type is Type.OBJECT
        into = found if is_structure or (found is not None and rule.block.is_bare) else None
        made = self.block(rule.block, into, at, f"{rule.target.spot.place}.rules")
        item = replace(made.whole(), may_lack=False)
        return Fact(Kind.LIST, item=item, may_lack=items.may_lack)

    def _find(self, rule: Rule | Loop, into: Field | None, at: Path) -> Field | None:
        """Find the field that a rule writes; None where nothing is known of it, or it is not there."""
        found, place = into, f"{rule.target.spot.place}.to"
        for number, key in enumerate(rule.target.keys):
            here = (*at, *rule.target.keys[: number + 1])
            if found is None or found.type is Type.ANY:
                return None
            if found.repeats and number:
                self.follower.problem(
                    "single_as_list",
                    f"“{_words(here[:-1])}” is a list in the target: its fields are written in a loop.",
                    place,
                    "Write the list with each and rules.",
                )
                return None
            if found.type is not Type.OBJECT:
                self.follower.problem(
                    "unknown_target", f"“{_words(here[:-1])}” holds no fields in the target.", place
                )
                return None
            fields = self.target.resolve(found) if self.target else ()
            inner = next((one for one in fields if one.name == key), None)
            if inner is None:
                if fields or not found.is_open:
                    hint = closest(key, [one.name for one in fields])
                    text = f"The target has no field “{_words(here)}”."
                    self.follower.problem("unknown_target", text, place, hint, warn=found.is_open)
                return None
            found = inner
        return found

    # Values

    def _one(self, rule: Rule, fact: Fact, found: Field | None, at: Path, *, is_item: bool) -> None:
        if found is None:
            return
        place = rule.target.spot.place
        self._value(fact, found, at, place, is_item=is_item)
        if rule.target.on_missing is OnMissing.DEFAULT:
            self._value(of_value(rule.target.default), found, at, f"{place}.default", is_item=is_item)
        if rule.target.on_missing is OnMissing.NULL and fact.may_lack and not found.nullable:
            text = f"“{_words(at)}” would be null for some documents, which the target does not allow."
            self.follower.problem("null", text, f"{place}.onMissing", warn=True)

    def _value(
        self, fact: Fact, found: Field, at: Path, place: str, *, is_item: bool = False, depth: int = 0
    ) -> None:
        if found.repeats and not is_item:
            self._list_value(fact, found, at, place, depth)
            return
        if fact.is_list and found.type is not Type.ANY:
            self.follower.problem(
                "list_as_single",
                f"“{_words(at)}” takes one value, not a list.",
                place,
                "Take one item of the list (first, find), or join its texts.",
            )
        elif found.type is Type.OBJECT and fact.kinds & Kind.OBJECT:
            self._structure(fact, found, at, place, depth)
        else:
            self.follower.problems += value_problems(fact, found, _words(at), place)

    def _list_value(self, fact: Fact, found: Field, at: Path, place: str, depth: int) -> None:
        if fact.kinds and not fact.kinds & Kind.LIST:
            self.follower.problem(
                "single_as_list",
                f"“{_words(at)}” is a list in the target, and one value is written.",
                place,
                "Use to_list, or a loop.",
            )
        elif fact.item is not None:
            self._value(fact.item, found, at, place, is_item=True, depth=depth)

    def _structure(self, fact: Fact, found: Field, at: Path, place: str, depth: int) -> None:
        """Compare an object that is written as a whole, field by field."""
        members = self._members(fact)
        if members is None or depth > MAX_DEPTH or self.target is None:
            return
        fields = {inner.name: inner for inner in self.target.resolve(found)}
        for name, member in members.items():
            if name in fields:
                self._value(member, fields[name], (*at, name), place, depth=depth + 1)
            elif not found.is_open:
                text = f"The target has no field “{_words((*at, name))}”."
                self.follower.problem("unknown_target", text, place, closest(name, list(fields)))
        for name, inner in fields.items():
            if inner.required and inner.default is None and name not in members:
                self._lacking((*at, name), place)

    def _members(self, fact: Fact) -> Mapping[str, Fact] | None:
        if fact.members is not None:
            return fact.members
        declared = fact.declared
        if declared is None or declared.is_open or fact.kinds is not Kind.OBJECT:
            return None
        return self.follower.members(fact)

    # What must be there

    def _required(self, made: _Written, into: Field, at: Path, place: str) -> None:
        for inner in self.target.resolve(into) if self.target else ():
            path = (*at, inner.name)
            found = made.inner.get(inner.name)
            if found is None:
                if inner.required and inner.default is None:
                    self._lacking(path, place)
            elif not found.facts:
                if inner.type is Type.OBJECT and not inner.repeats:
                    self._required(found, inner, path, place)
            elif inner.required and inner.default is None and not found.is_sure:
                self.follower.problem(
                    "may_be_missing",
                    f"“{_words(path)}” is required in the target and will be missing for some documents.",
                    found.place,
                    "Choose a default, or an error, for when it is missing.",
                    warn=True,
                )

    def _lacking(self, path: Path, place: str) -> None:
        self.follower.problem(
            "required_target", f"“{_words(path)}” is required in the target, and no rule writes it.", place
        )


def _words(path: Path) -> str:
    return " / ".join(path)[:200] or "the result"


def _unread(follower: Follower, source: Schema) -> Iterator[Problem]:
    """Give the fields that nothing reads, of a part that is not read at all only the part."""
    seen = follower.whole | follower.touched
    parents = {path[:depth] for path in seen for depth in range(len(path))}
    told: set[Path] = set()
    for path, found in source.walk():
        if len(told) >= MAX_UNREAD:
            return
        if any(path[:depth] in follower.whole or path[:depth] in told for depth in range(len(path) + 1)):
            continue
        if path in seen and kinds_of(found) is not Kind.OBJECT:
            continue
        if path not in parents and path not in follower.touched:
            told.add(path)
            place = "source/" + "/".join(path)
            yield Problem("mapping.unread_source", f"Nothing reads “{_words(path)}”.", place, severity="info")
