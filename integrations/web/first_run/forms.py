from django import forms

from integrations.web.widgets import Text


class TenantForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        label="Name of your business",
        help_text="Shown at the top of every page; it can be changed later.",
        widget=Text(placeholder="Baan Nang leather"),
    )
