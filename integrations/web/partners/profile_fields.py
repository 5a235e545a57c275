"""The options of a format as form fields, drawn from its model; what no field is drawn for stays YAML."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django import forms

from integrations.formats.registry import FORMATS
from integrations.web.widgets import Choice, Text

MARK: Final = "set_"
WORDS: Final = {
    "lf": "line feed",
    "crlf": "carriage return and line feed",
    "true": "yes",
    "false": "no",
    "": "none",
}

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One option that a field is drawn for. path: its keys in the profile, the format's first."""

    path: Path
    title: str
    help: str
    kind: str
    choices: tuple[str, ...]
    usual: str
    limits: Mapping[str, int]

    @property
    def name(self) -> str:
        return MARK + ".".join(self.path)

    def holds(self, value: object) -> bool:
        """Tell whether the field can show a value as it is: an empty text, say, it cannot."""
        match self.kind:
            case "yes_no":
                return isinstance(value, bool)
            case "number":
                return isinstance(value, int) and not isinstance(value, bool)
            case "choice":
                return isinstance(value, str) and value in self.choices and value != ""
            case _:
                return isinstance(value, str) and value != "" and value.isprintable()

    def field(self) -> forms.Field:
        more: dict[str, Any] = {"required": False, "label": self.title, "help_text": self.help}
        if self.kind in {"choice", "yes_no"}:
            usual = f"As usual: {in_words(self.usual)}"
            return forms.ChoiceField(
                choices=[("", usual), *((one, in_words(one)) for one in self.choices if one)],
                widget=Choice(),
                **more,
            )
        more |= self.limits
        if self.kind == "number":
            box = forms.NumberInput(attrs={"class": "form-control", "placeholder": self.placeholder})
            return forms.IntegerField(widget=box, **more)
        return forms.CharField(strip=False, widget=Text(placeholder=self.placeholder), **more)

    @property
    def placeholder(self) -> str:
        return f"as usual: {self.usual}" if self.usual else ""

    def written(self, value: object) -> str:
        """Write a value of the profile as the field shows it."""
        return str(value).lower() if isinstance(value, bool) else str(value)

    def read(self, cleaned: object) -> object:
        """Read what the field said; None where it said nothing."""
        if cleaned in ("", None):
            return None
        return cleaned == "true" if self.kind == "yes_no" else cleaned


@dataclass(frozen=True, slots=True)
class Section:
    """Options that stand together: those of one key of the profile, or all the others."""

    title: str
    options: tuple[Option, ...]


@cache
def sections(key: str) -> tuple[Section, ...]:
    """Give the options of a format, the groups first: an envelope, the separators."""
    schema = FORMATS[key].Options.model_json_schema(by_alias=True)
    groups: list[Section] = []
    own: list[Option] = []
    for name, raw in schema.get("properties", {}).items():
        found = _resolved(raw, schema)
        if found.get("type") == "object" and "properties" in found:
            inner = tuple(_options((key, name), found["properties"], schema))
            if inner:
                groups.append(Section(_title(raw, found, name), inner))
        else:
            own += _options((key,), {name: raw}, schema)
    groups.sort(key=lambda section: section.options[0].path[1] != "envelope")
    return (*groups, *([Section("Reading and writing", tuple(own))] if own else []))


def options(key: str) -> Iterator[Option]:
    for section in sections(key):
        yield from section.options


def _options(above: Path, properties: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Option]:
    for name, raw in properties.items():
        found = _resolved(raw, schema)
        kind = _kind(found)
        if not kind:
            continue
        usual = raw.get("default")
        is_flag = isinstance(usual, bool)
        yield Option(
            path=(*above, name),
            title=_title(raw, found, name),
            help=str(raw.get("description", "")),
            kind=kind,
            choices=("true", "false") if kind == "yes_no" else tuple(found.get("enum", ())),
            usual=str(usual).lower() if is_flag else "" if usual is None else str(usual),
            limits=_limits(found, kind),
        )


def _resolved(raw: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference; of alternatives, the one that is not null."""
    some = [one for one in raw.get("anyOf", ()) if one.get("type") != "null"]
    found = some[0] if len(some) == 1 else raw
    if "$ref" in found:
        return dict(schema["$defs"][str(found["$ref"]).rpartition("/")[2]])
    return found


def _kind(found: Mapping[str, Any]) -> str:
    if "enum" in found:
        return "choice" if all(isinstance(one, str) for one in found["enum"]) else ""
    kinds = {"string": "text", "boolean": "yes_no", "integer": "number"}
    return kinds.get(str(found.get("type", "")), "")


def _limits(found: Mapping[str, Any], kind: str) -> dict[str, int]:
    names = {"text": {"maxLength": "max_length"}, "number": {"minimum": "min_value", "maximum": "max_value"}}
    return {mine: found[name] for name, mine in names.get(kind, {}).items() if name in found}


def _title(raw: Mapping[str, Any], found: Mapping[str, Any], name: str) -> str:
    return str(raw.get("title") or found.get("title") or name.replace("_", " ").capitalize())


def in_words(word: str) -> str:
    """Say a choice in words."""
    return WORDS.get(word, word)


def parted(key: str, stored: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Part the options of a format into what fields show, by their names, and what is left for YAML."""
    shown: dict[str, str] = {}
    rest = _copied(stored)
    for option in options(key):
        *above, last = option.path[1:]
        place: Any = rest
        for step in above:
            place = place.get(step) if isinstance(place, dict) else None
        if isinstance(place, dict) and last in place and option.holds(place[last]):
            shown[option.name] = option.written(place.pop(last))
    return shown, {name: value for name, value in rest.items() if value != {} or stored[name] == {}}


def joined(key: str, rest: Mapping[str, Any], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Put what the fields said over what the YAML said.

    Where that has no map to put them into, it stands as it was written: it is refused then, and not lost.
    """
    whole = _copied(rest)
    for option in options(key):
        value = option.read(cleaned.get(option.name))
        if value is None:
            continue
        *above, last = option.path[1:]
        place: Any = whole
        for step in above:
            place = place.setdefault(step, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place[last] = value
    return whole


def _copied(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _copied(value) if isinstance(value, Mapping) else value for name, value in found.items()}
