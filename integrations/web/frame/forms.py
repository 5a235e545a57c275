from django import forms


class TenantForm(forms.Form):
    tenant = forms.UUIDField()
