from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from typing_extensions import override

from integrations.errors import ConfigError
from integrations.flows.yamlfile import write_settings
from integrations.formats.registry import FORMATS
from integrations.partners.services import MAX_CELL, TableValue
from integrations.web.partners.profile_fields import MARK, Section, joined, options, parted, sections
from integrations.web.translate.forms import Options
from integrations.web.widgets import Area, Choice, Text

MOST_ROWS = 1_000
"""Rows that the editor on the page takes; larger tables come and go as CSV."""
NEW_ROWS = 10
PREFIX = "options_"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Fields that stand together. count: how many of them say something."""

    title: str
    fields: Sequence[forms.BoundField]
    count: int

    @property
    def is_wrong(self) -> bool:
        return any(field.errors for field in self.fields)


@dataclass(frozen=True, slots=True)
class FormatPart:
    """What a profile says of one format. rest: the options that no field is drawn for, as YAML."""

    key: str
    title: str
    rest: forms.BoundField
    sections: Sequence[Drawn]


class PartnerForm(forms.Form):
    """Name, key, and for each format of the profile its options: a field for each, the others as YAML.

    Besides the formats that the stored profile has, there are fields for each one that was posted or added.
    """

    name = forms.CharField(max_length=120, label="Name", widget=Text())
    key = forms.SlugField(
        max_length=60,
        label="Key",
        help_text="Steps name the partner by it: small letters, digits and dashes. It stays as it is.",
        widget=Text(is_code=True),
    )
    format = forms.ChoiceField(required=False, label="Another format", widget=Choice())

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        name: str = "",
        profile: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        super().__init__(data, initial={"name": name})
        if key:
            del self.fields["key"]
        stored = profile or {}
        posted = [name.removeprefix(PREFIX) for name in data or {} if name.startswith(PREFIX)]
        added = [str((data or {}).get("format", ""))]
        self.formats = [one for one in FORMATS if one in {*stored, *posted, *added}]
        for one in self.formats:
            said, rest = parted(one, stored.get(one, {}))
            for option in options(one):
                self.fields[option.name] = option.field()
                self.initial[option.name] = said.get(option.name, "")
            text = write_settings(rest) if rest else ""
            area = Area(rows=min(30, max(3, text.count("\n") + 2)), is_code=True)
            self.fields[PREFIX + one] = Options(
                required=False, label=f"Other options of {FORMATS[one].title}", initial=text, widget=area
            )
        left = sorted((FORMATS[one].title, one) for one in FORMATS if one not in self.formats)
        choices = [("", "Choose a format"), *((one, title) for title, one in left)]
        self.fields["format"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.is_adding = bool(data and "add" in data)

    def clean_format(self) -> str:
        return ""

    @property
    def profile(self) -> dict[str, dict[str, object]]:
        """Give the options of each format that has any."""
        whole = {one: joined(one, self.cleaned_data[PREFIX + one], self.cleaned_data) for one in self.formats}
        return {one: found for one, found in whole.items() if found}

    def parts(self) -> list[FormatPart]:
        """Give the fields of each format as the page draws them."""
        return [
            FormatPart(
                one, FORMATS[one].title, self[PREFIX + one], [self._drawn(part) for part in sections(one)]
            )
            for one in self.formats
        ]

    def _drawn(self, section: Section) -> Drawn:
        fields = [self[option.name] for option in section.options]
        return Drawn(section.title, fields, sum(bool(field.value()) for field in fields))

    def refuse(self, error: ConfigError) -> None:
        """Show each problem of the profile at the options of its format."""
        for problem in error.problems:
            one, _, where = problem.place.partition(".")
            if self.cleaned_data.get(MARK + problem.place) not in (None, ""):
                self.add_error(MARK + problem.place, f"{problem.message} {problem.hint}".strip())
                continue
            said = f"{where}: {problem.message}" if where else problem.message
            self.add_error(PREFIX + one if one in self.formats else None, f"{said} {problem.hint}".strip())
        if not error.problems:
            self.add_error(None, f"{error.message} {error.hint}".strip())


class NewTableForm(forms.Form):
    title = forms.CharField(max_length=120, label="Title", widget=Text())
    key = forms.CharField(
        max_length=121,
        label="Key",
        help_text=(
            "Rules name the table by it: small letters, digits and dashes. The codes of one partner stand in "
            "a table of their own: <code>articles@harbor</code>."
        ),
        widget=Text(is_code=True),
    )
    csv = forms.CharField(
        required=False,
        label="Rows",
        strip=False,
        help_text="CSV: a key and a value on each line. Rows can also be typed in afterwards.",
        widget=Area(rows=6, is_code=True),
    )


class ImportForm(forms.Form):
    """A file, or text that was pasted, whose rows take the place of those that are there."""

    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="CSV file",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,text/csv"}),
    )
    csv = forms.CharField(required=False, label="or its text", strip=False, widget=Area(rows=4, is_code=True))
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput())

    @override
    def clean(self) -> dict[str, Any]:
        found = dict(super().clean() or {})
        file = found.get("file")
        if file is None and not found.get("csv"):
            self.add_error("file", "Choose a file, or paste its text.")
        elif file is not None:
            try:
                found["csv"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "The file is not UTF-8.")
        return found


class RowsForm(forms.Form):
    """Title and revision of a table; its rows are the fields ``key`` and ``value``, as many as there are."""

    title = forms.CharField(max_length=120, label="Title", widget=Text())
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput())

    @staticmethod
    def typed(data: Any) -> list[tuple[str, str]]:  # noqa: ANN401  a QueryDict
        """Give the rows as they were typed, empty ones too."""
        return list(zip(data.getlist("key"), data.getlist("value"), strict=False))[: MOST_ROWS + NEW_ROWS]

    def rows(self, typed: list[tuple[str, str]], stored: Mapping[str, TableValue]) -> dict[str, TableValue]:
        """Make a table of what was typed; a row without a key is gone, one not touched keeps its type."""
        found: dict[str, TableValue] = {}
        for number, (key, text) in enumerate(typed, 1):
            if not key:
                if text:
                    self.add_error(None, f"Row {number} has a value and no key.")
                continue
            if key in found:
                self.add_error(None, f"Row {number}: this key stands twice.")
            if max(len(key), len(text)) > MAX_CELL:
                self.add_error(None, f"Row {number}: a cell has at most {MAX_CELL:,} characters.")
            found[key] = stored[key] if key in stored and written(stored[key]) == text else text
        return found


class CounterForm(forms.Form):
    name = forms.CharField(
        max_length=160,
        label="Counter",
        help_text="For example <code>harbor.x12.interchange</code>.",
        widget=Text(is_code=True),
    )
    last = forms.IntegerField(
        min_value=0,
        label="Last number given out",
        help_text="The next one is one higher.",
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    reason = forms.CharField(
        max_length=200, label="Reason", help_text="Kept in the audit trail.", widget=Text()
    )


def written(value: TableValue) -> str:
    """Write a value of a table as text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
