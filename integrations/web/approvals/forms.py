from django import forms

from integrations.desk.services.approvals import COMMENT_MAX, Decision
from integrations.web.widgets import Area


class DecideForm(forms.Form):
    """decision: which of the two buttons was pressed."""

    decision = forms.ChoiceField(
        choices=[(str(one), one.name) for one in Decision], widget=forms.HiddenInput()
    )
    comment = forms.CharField(
        required=False,
        max_length=COMMENT_MAX,
        label="Comment",
        help_text="The flow can read it, and so can those who were asked.",
        widget=Area(rows=3),
    )
