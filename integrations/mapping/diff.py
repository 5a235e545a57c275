"""What changed from one plan to another, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from integrations.mapping.words import say, target

Kind = Literal["added", "removed", "changed", "moved"]
MISSING_WORDS: Final = {
    "skip": "it is left out",
    "null": "null is written",
    "error": "the run stops",
    "default": "a set value is written",
}
SPECIAL: Final = ("to", "rules", "name")


@dataclass(frozen=True, slots=True)
class Change:
    """One change. place: in the new plan, or in the old one for what is gone; sentence: for the merchant."""

    kind: Kind
    place: str
    sentence: str


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Give the changes from one plan document to another; both must be plans that can be used."""
    return [
        *_named("let", "named value", old.get("let", {}), new.get("let", {})),
        *_rules(old.get("rules", ()), new.get("rules", ()), "rules", ""),
        *_tests(old.get("tests", ()), new.get("tests", ())),
    ]


def _named(
    place: str, what: str, old: Mapping[str, Any], new: Mapping[str, Any], subject: str = ""
) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        here = f"{place}.{name}"
        if name not in new:
            yield Change("removed", here, f"{subject}The {what} “{name}” is gone.")
        elif name not in old:
            yield Change("added", here, f"{subject}The {what} “{name}” is new: {say(new[name])}.")
        elif old[name] != new[name]:
            text = f"{subject}The {what} “{name}” is {say(new[name])} instead of {say(old[name])}."
            yield Change("changed", here, text)


def _rules(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], place: str, outer: str
) -> Iterator[Change]:
    before, after = _by_target(old), _by_target(new)
    for key, (index, rule) in before.items():
        name = _name(outer, rule)
        if key not in after:
            yield Change("removed", f"{place}[{index}]", f"“{name}” is no longer written.")
    for key, (index, rule) in after.items():
        here, name = f"{place}[{index}]", _name(outer, rule)
        if key not in before:
            yield Change("added", here, f"“{name}” is now written, from {_origin(rule)}.")
        else:
            yield from _rule(before[key][1], rule, here, name)
    common = [key for key in before if key in after]
    if common != [key for key in after if key in before]:
        where = f" of “{outer}”" if outer else ""
        yield Change("moved", place, f"The rules{where} stand in another order.")


def _by_target(
    rules: Sequence[Mapping[str, Any]],
) -> dict[tuple[tuple[str, ...], int], tuple[int, Mapping[str, Any]]]:
    """Give each rule by its target and its turn among the rules for that target."""
    found: dict[tuple[tuple[str, ...], int], tuple[int, Mapping[str, Any]]] = {}
    turns: dict[tuple[str, ...], int] = {}
    for index, rule in enumerate(rules):
        to = rule.get("to", ())
        keys = (to,) if isinstance(to, str) else tuple(to)
        turn = turns[keys] = turns.get(keys, -1) + 1
        found[keys, turn] = index, rule
    return found


def _name(outer: str, rule: Mapping[str, Any]) -> str:
    inner = target(rule.get("to"))
    return inner if not outer else f"{outer} / {inner}" if rule.get("to") else outer


def _origin(rule: Mapping[str, Any]) -> str:
    return f"each of {say(rule['each'])}" if "each" in rule and "op" not in rule else say(rule.get("op"))


def _rule(old: Mapping[str, Any], new: Mapping[str, Any], place: str, name: str) -> Iterator[Change]:
    if _origin(old) != _origin(new) or old.get("op") != new.get("op") or old.get("each") != new.get("each"):
        text = f"“{name}” comes from {_origin(new)} instead of {_origin(old)}."
        yield Change("changed", place, text)
    yield from _condition(old, new, "if", place, f"“{name}” is written")
    yield from _condition(old, new, "where", place, f"“{name}” has items")
    if _missing(old) != _missing(new):
        text = f"“{name}”: when the value is missing, {_missing(new)}; before, {_missing(old)}."
        yield Change("changed", f"{place}.onMissing", text)
    if old.get("as") != new.get("as"):
        text = f"“{name}” is written as {_type(new)} instead of as {_type(old)}."
        yield Change("changed", f"{place}.as", text)
    for key, what in (("sort", "order"), ("join", "joined lists"), ("group", "groups")):
        if old.get(key) != new.get(key):
            yield Change(
                "changed", f"{place}.{key}", f"“{name}”: the {what} changed{_list_words(new.get(key))}."
            )
    if "rules" in new and "rules" in old:
        yield from _rules(old["rules"], new["rules"], f"{place}.rules", name)


def _condition(
    old: Mapping[str, Any], new: Mapping[str, Any], key: str, place: str, subject: str
) -> Iterator[Change]:
    if old.get(key) == new.get(key) and (key in old) == (key in new):
        return
    now = f"only if {say(new[key])}" if key in new else "always"
    before = f"only if {say(old[key])}" if key in old else "always"
    yield Change("changed", f"{place}.{key}", f"{subject} {now}; before, {before}.")


def _missing(rule: Mapping[str, Any]) -> str:
    chosen = rule.get("onMissing", "default" if "default" in rule else "skip")
    return f"{say(['lit', rule['default']])} is written" if chosen == "default" else MISSING_WORDS[chosen]


def _type(rule: Mapping[str, Any]) -> str:
    return str(rule.get("as") or "it is")


def _list_words(found: Any) -> str:  # noqa: ANN401  a part of a plan document
    """Put a new order, join or group in words."""
    if not found:
        return ": there is none"
    if isinstance(found, Mapping):
        return f": by {', '.join(say(by) for by in found.get('by', {}).values())}"
    parts = [say(key.get("by")) + (" descending" if key.get("order") == "desc" else "") for key in found]
    return f": by {', then '.join(parts)}"


def _tests(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    before = {str(test["name"]): test for test in old}
    after = {str(test["name"]): (index, test) for index, test in enumerate(new)}
    for index, name in enumerate(before):
        if name not in after:
            yield Change("removed", f"tests[{index}]", f"The test “{name}” is gone.")
    for name, (index, test) in after.items():
        if name not in before:
            yield Change("added", f"tests[{index}]", f"The test “{name}” is new.")
        elif before[name] != test:
            yield Change("changed", f"tests[{index}]", f"The test “{name}” changed.")
