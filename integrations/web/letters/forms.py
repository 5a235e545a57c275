from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from integrations.desk.queries.dead_letters import LetterFilter
from integrations.desk.selection import Selection
from integrations.errors import InputError
from integrations.web.widgets import Choice


class SelectionForm(forms.Form):
    """Which dead letters are meant, as the address says: by number, or by what they have in common."""

    flow = forms.UUIDField(required=False)
    code = forms.CharField(required=False, max_length=120)
    step = forms.CharField(required=False, max_length=63)
    destination = forms.UUIDField(required=False)
    held = forms.ChoiceField(required=False, choices=[("", "all"), ("1", "held"), ("0", "not held")])


class OptionsForm(forms.Form):
    """How a replay is done."""

    start = forms.ChoiceField(
        label="Begin",
        initial="failed",
        choices=[
            ("failed", "At the step that failed: what was done is not done again"),
            ("first", "At the start: calls are made again where the other system knows their key"),
        ],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    version = forms.ChoiceField(
        label="Version",
        initial="same",
        choices=[("same", "The one each run was accepted with"), ("current", "The one that runs now")],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    pace = forms.TypedChoiceField(
        label="Pace",
        initial=0,
        coerce=int,
        choices=[
            (0, "As fast as there is room"),
            (5, "5 a second"),
            (20, "20 a second"),
            (100, "100 a second"),
        ],
        widget=Choice(),
    )

    @property
    def wanted(self) -> dict[str, Any]:
        said = self.cleaned_data
        from_start, current = said["start"] == "first", said["version"] == "current"
        return {"from_start": from_start, "current_version": current, "pace_per_s": said["pace"]}


def read_selection(query: QueryDict) -> Selection:
    """Read a selection. Raises InputError for what is none, ConfigError for too many numbers."""
    said = _valid(query)
    ids = query.getlist("ids") or query.getlist("selected")
    numbers = tuple(_uuid(text) for text in dict.fromkeys(ids)) if ids else None
    step = said["step"] if "step" in query else None
    return Selection(numbers, said["flow"], said["code"] or None, step, said["destination"])


def read_filter(query: QueryDict) -> LetterFilter:
    """Read the filter of the list of messages. Raises InputError."""
    held = {"1": True, "0": False}.get(_valid(query)["held"])
    return LetterFilter(read_selection(query), held=held)


def _valid(query: QueryDict) -> dict[str, Any]:
    form = SelectionForm(query)
    if not form.is_valid():
        raise InputError("page.filter", "This address names a filter that there is not.")
    return form.cleaned_data


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InputError("page.filter", "This address names a run that there is not.") from None
