"""Form fields with the classes of our styles."""

from django import forms
from typing_extensions import override


class Text(forms.TextInput):
    """One line. is_secret: hidden, never filled in by the browser and never sent back into the page."""

    def __init__(self, *, is_secret: bool = False, placeholder: str = "", is_code: bool = False) -> None:
        attrs = {"class": "form-control x-mono" if is_code else "form-control", "placeholder": placeholder}
        if is_secret:
            attrs |= {"autocomplete": "off", "spellcheck": "false"}
            self.input_type = "password"
            attrs["autocomplete"] = "new-password"
        super().__init__({name: value for name, value in attrs.items() if value})
        self.is_secret = is_secret

    @override
    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        return super().get_context(name, None if self.is_secret else value, attrs)


class Area(forms.Textarea):
    """Several lines."""

    def __init__(self, *, rows: int = 4, is_code: bool = False) -> None:
        css = "form-control x-mono" if is_code else "form-control"
        super().__init__({"class": css, "rows": rows, "spellcheck": "false" if is_code else "true"})


class Choice(forms.Select):
    """A list to choose from."""

    def __init__(self, **attributes: object) -> None:
        super().__init__({"class": "form-select", **attributes})


class Switch(forms.BooleanField):
    """A tick box that may stay empty."""

    widget = forms.CheckboxInput(attrs={"class": "form-check-input"})

    def __init__(self, *, label: str, help_text: str = "", initial: bool = False) -> None:
        super().__init__(required=False, label=label, help_text=help_text, initial=initial)
