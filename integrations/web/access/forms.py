from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

from integrations.tenants.access import PERMISSIONS, SCOPES
from integrations.tenants.models import Role
from integrations.web.widgets import Choice, Text

LIFETIMES = [(30, "30 days"), (90, "90 days"), (365, "a year"), (0, "no end")]
SCOPE_CHOICES = [(name, PERMISSIONS[name].title.capitalize()) for name in sorted(SCOPES)]


class ApiKeyForm(forms.Form):
    name = forms.CharField(max_length=80, label="Name", help_text="Who uses it, and where.", widget=Text())
    days = forms.TypedChoiceField(
        choices=LIFETIMES, coerce=int, initial=90, label="Lives for", widget=Choice()
    )
    scopes = forms.MultipleChoiceField(
        choices=SCOPE_CHOICES,
        initial=["ingress.send"],
        label="May",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )

    @property
    def expires_at(self) -> datetime | None:
        days: int = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


class InviteForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "off"})
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER, label="Role", widget=Choice())


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
