from django import forms
from typing_extensions import override

from integrations.web.widgets import Area, Switch, Text


class SwitchForm(forms.Form):
    """A switch that posts where it is to stand."""

    enabled = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda text: text == "1")


class NameForm(forms.Form):
    name = forms.CharField(max_length=120, widget=Text())


class CommentForm(forms.Form):
    comment = forms.CharField(
        max_length=500,
        required=False,
        label="What changes",
        help_text="One sentence for the list of versions.",
        widget=Text(),
    )


class RollbackForm(CommentForm):
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput())


class ArchiveForm(forms.Form):
    archived = forms.TypedChoiceField(
        choices=[("1", "put away"), ("0", "take out")], coerce=lambda text: text == "1"
    )


class ImportForm(forms.Form):
    """A file, or its text pasted."""

    file = forms.FileField(
        required=False,
        label="Flow file",
        help_text="YAML, at most 1 MiB. It names its flow; a flow of that short name gets it as its draft.",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".yaml,.yml"}),
    )
    text = forms.CharField(
        required=False, label="Or paste it here", strip=False, widget=Area(rows=14, is_code=True)
    )

    @override
    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        given = cleaned.get("file")
        if given is not None:
            try:
                cleaned["text"] = given.read((1 << 20) + 1).decode("utf-8-sig")
            except UnicodeDecodeError:
                raise forms.ValidationError("This file is not text in UTF-8.") from None
        if not str(cleaned.get("text") or "").strip():
            raise forms.ValidationError("Choose a file or paste its text.")
        return cleaned


class SecretForm(forms.Form):
    secret = forms.CharField(
        min_length=8,
        max_length=4096,
        strip=True,
        label="Signing secret",
        help_text="From the vendor's settings. It is sealed at once and cannot be shown again.",
        widget=Text(is_secret=True),
    )
    keep_previous = Switch(
        label="Also take messages signed with the secret before",
        help_text="Until the next change: for the minutes in which the vendor changes over.",
    )
