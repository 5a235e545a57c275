from collections.abc import Sequence

from django import forms

from integrations.connectors.models import Mode
from integrations.flows.services.from_template import Offer
from integrations.web.widgets import Choice, Text

NEW_TWIN = "twin"
WORDS = {Mode.LIVE: "live account", Mode.SANDBOX: "test account", Mode.TWIN: "twin"}


class NewFlowForm(forms.Form):
    """Name and short name."""

    name = forms.CharField(max_length=120, label="Name of the flow", widget=Text())
    slug = forms.CharField(
        max_length=60,
        required=False,
        label="Short name",
        help_text="Small letters, digits and dashes; stands in addresses. Empty: made from the name.",
        widget=Text(is_code=True),
    )


class UseForm(NewFlowForm):
    """Beside the names a connection for each that the template names."""

    def __init__(self, data: object = None, *, name: str, offers: Sequence[Offer]) -> None:
        super().__init__(data, initial={"name": name})  # type: ignore[arg-type]  # a QueryDict or None
        self._names = {f"connection_{number}": offer.name for number, offer in enumerate(offers)}
        for field, offer in zip(self._names, offers, strict=True):
            self.fields[field] = forms.ChoiceField(
                label=offer.name,
                choices=_choices(offer),
                initial=str(offer.preset.id) if offer.preset else NEW_TWIN,
                widget=Choice(),
            )

    @property
    def connection_fields(self) -> list[forms.BoundField]:
        return [self[field] for field in self._names]

    @property
    def chosen(self) -> dict[str, str]:
        """Give what the service takes: name in the template → id of a connection, "" for a new twin."""
        said = {name: self.cleaned_data[field] for field, name in self._names.items()}
        return {name: "" if choice == NEW_TWIN else choice for name, choice in said.items()}


def _choices(offer: Offer) -> list[tuple[str, str]]:
    mine = [(str(row.id), f"{row.name} ({WORDS[Mode(row.mode)]})") for row in offer.choices]
    return [(NEW_TWIN, "A new twin: 7M's own stand-in"), *mine]
