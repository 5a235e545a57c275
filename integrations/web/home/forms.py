from django import forms

PACES = {"one": (1, 0), "twenty": (20, 0), "stream": (150, 5)}
"""How many orders, and how many of them a second; 0 for all at once."""


class OrdersForm(forms.Form):
    how = forms.TypedChoiceField(choices=[(key, key) for key in PACES], coerce=lambda key: PACES[key])


class StockForm(forms.Form):
    details = forms.IntegerField(min_value=1, max_value=2000, initial=100)


class TwinForm(forms.Form):
    behaviour = forms.ChoiceField(choices=[(key, key) for key in ("answers", "down", "refuses")])


class EdiForm(forms.Form):
    orders = forms.IntegerField(min_value=1, max_value=100, initial=2)
