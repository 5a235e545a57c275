from datetime import timedelta

from django import forms
from django.utils import timezone

from integrations.delivery.states import State
from integrations.desk.queries.runs import RunFilter
from integrations.desk.reasons import LONGEST, SHORTEST
from integrations.desk.services.runs import KEEP_MIN_H, Verdict
from integrations.flows.models import Flow
from integrations.web.drawing import looks
from integrations.web.widgets import Choice, Text

AGES = {"1h": ("the last hour", 1), "24h": ("24 hours", 24), "7d": ("7 days", 168)}
STATES = [(state.name.lower(), looks.STATES[state].word) for state in State]
HOURS = [(hours, f"{hours // 24} days") for hours in (KEEP_MIN_H, 168, 336, 720)]


class FilterForm(forms.Form):
    """The filters of the list; they stand in its address."""

    flow = forms.UUIDField(required=False, label="Flow", widget=Choice())
    state = forms.ChoiceField(
        required=False, choices=[("", "Any state"), *STATES], label="State", widget=Choice()
    )
    age = forms.ChoiceField(
        required=False,
        choices=[("", "Any time"), *((key, words.capitalize()) for key, (words, _) in AGES.items())],
        label="Accepted within",
        widget=Choice(),
    )
    q = forms.CharField(
        required=False,
        max_length=40,
        label="Number of a run",
        widget=forms.TextInput({"class": "form-control", "type": "search", "placeholder": "Number of a run"}),
    )
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput())
    replay = forms.UUIDField(required=False, widget=forms.HiddenInput())

    def __init__(self, data: object, flows: list[Flow]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict
        chosen = Choice()
        chosen.choices = [("", "Any flow"), *((str(flow.id), flow.name) for flow in flows)]
        self.fields["flow"].widget = chosen

    @property
    def where(self) -> RunFilter:
        said = self.cleaned_data
        since = timezone.now() - timedelta(hours=AGES[said["age"]][1]) if said["age"] else None
        states = (State[said["state"].upper()],) if said["state"] else ()
        return RunFilter(
            said["flow"], states, since, batch_id=said["batch"], replay_id=said["replay"], search=said["q"]
        )

    @property
    def is_narrow(self) -> bool:
        return any(self.cleaned_data.values())


class ReasonForm(forms.Form):
    """Why somebody does what cannot be undone, or sees what is masked."""

    reason = forms.CharField(
        min_length=SHORTEST,
        max_length=LONGEST,
        label="Reason",
        help_text="At least 10 characters. It stands in the audit trail beside your name.",
        widget=Text(),
    )


class RevealForm(ReasonForm):
    what = forms.CharField(max_length=40, widget=forms.HiddenInput())


class ResolveForm(ReasonForm):
    verdict = forms.ChoiceField(
        label="What you found there",
        choices=[
            (Verdict.SUCCEEDED, "It acted: the run is done"),
            (Verdict.AGAIN, "It did not act: call it again"),
            (Verdict.DEAD, "Neither: put the run among the dead letters"),
        ],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )


class HoldForm(forms.Form):
    held = forms.TypedChoiceField(choices=[("1", "hold"), ("0", "let go")], coerce=lambda text: text == "1")


class KeepForm(forms.Form):
    hours = forms.TypedChoiceField(choices=HOURS, coerce=int, label="Keep it for", widget=Choice())
