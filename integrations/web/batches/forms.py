from django import forms

from integrations.flows.models import Flow
from integrations.web.widgets import Choice


class UploadForm(forms.Form):
    """A file for one of the flows that take files."""

    flow = forms.ChoiceField(label="Flow", widget=Choice())
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="It is sealed before it is stored. Larger files go to the flow's address with curl.",
        widget=forms.ClearableFileInput(attrs={"class": "form-control"}),
    )

    def __init__(self, flows: list[Flow], data: object = None, files: object = None) -> None:
        super().__init__(data, files)  # type: ignore[arg-type]  # what a request holds
        self.fields["flow"].choices = [(str(flow.id), flow.name) for flow in flows]  # type: ignore[attr-defined]
