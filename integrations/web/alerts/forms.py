from django import forms

from integrations.desk.models import RouteKind
from integrations.web.widgets import Choice, Text


class RouteForm(forms.Form):
    kind = forms.ChoiceField(choices=RouteKind.choices, label="By", widget=Choice())
    target = forms.CharField(
        max_length=500,
        label="Address",
        help_text="An e-mail address, or the full address of a webhook.",
        widget=Text(),
    )
