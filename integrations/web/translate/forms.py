from django import forms
from typing_extensions import override

from integrations.errors import SevenMError
from integrations.flows.yamlfile import read_settings
from integrations.formats.registry import FORMATS
from integrations.web.widgets import Area, Choice, Switch

AUTO = ""
MOST_BYTES = 5 << 20


def _formats() -> list[tuple[str, str]]:
    return sorted(((key, form.title) for key, form in FORMATS.items()), key=lambda named: named[1].lower())


class Options(forms.CharField):
    """Options of a format or a plan, as YAML."""

    widget = Area(rows=4, is_code=True)

    @override
    def clean(self, value: object) -> dict[str, object]:
        text = str(super().clean(value)).strip()
        try:
            return dict(read_settings(text)) if text else {}
        except SevenMError as error:
            raise forms.ValidationError(
                f"{error.place}: {error.message}" if error.place else error.message
            ) from error


class DocumentForm(forms.Form):
    """A document: a file, or text that was pasted; and what it is written in."""

    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="File",
        widget=forms.FileInput(attrs={"class": "form-control", "data-drop-input": ""}),
    )
    text = forms.CharField(
        required=False, label="or its text", strip=False, widget=Area(rows=6, is_code=True)
    )
    format = forms.ChoiceField(required=False, label="Format", widget=Choice())
    options = Options(
        required=False,
        label="Options of the format",
        help_text="YAML, for example <code>delimiter: ;</code>. Empty: as it was recognised.",
    )
    lenient = Switch(label="Leave out wrong records and read on", initial=True)

    def __init__(self, data: object = None, files: object = None) -> None:
        super().__init__(data, files)  # type: ignore[arg-type]  # what a request holds
        self.fields["format"].choices = [(AUTO, "Recognise it"), *_formats()]  # type: ignore[attr-defined]

    @override
    def clean(self) -> dict[str, object]:
        found = dict(super().clean() or {})
        file = found.get("file")
        if file is not None and file.size > MOST_BYTES:
            self.add_error(
                "file", f"Here a document has at most {MOST_BYTES:,} bytes. A file trigger takes larger ones."
            )
        elif not file and not found.get("text"):
            self.add_error("file", "Choose a file, or paste the text of a document.")
        else:
            found["document"] = file.read() if file else str(found["text"]).encode()
        return found


class ConvertForm(DocumentForm):
    """A document, and what it is to become."""

    target = forms.ChoiceField(label="Convert to", widget=Choice())
    target_options = Options(required=False, label="Options of the target")
    plan = Options(
        required=False,
        label="Mapping plan",
        help_text="JSON or YAML with version and rules; each record goes through it. Empty: no mapping.",
    )

    def __init__(self, data: object = None, files: object = None) -> None:
        super().__init__(data, files)
        self.fields["target"].choices = _formats()  # type: ignore[attr-defined]
        self.fields["target"].initial = "json"
