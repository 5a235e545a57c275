"""The set-up form of a connection, made from its connector's manifest."""

from django import forms

from integrations.connectors.manifest import Manifest
from integrations.connectors.models import Connection, Mode
from integrations.connectors.services import Wanted
from integrations.web.widgets import Choice, Text


class ConnectionForm(forms.Form):
    """Name, mode, the manifest's settings and its secrets.

    Secrets are asked for together: empty leaves those that are stored. A twin's are public: none are asked.
    """

    name = forms.CharField(
        max_length=80, label="Name", help_text="Flows name the connection by it.", widget=Text()
    )
    mode = forms.ChoiceField(label="Account", widget=forms.RadioSelect(attrs={"class": "form-check-input"}))

    def __init__(self, data: object = None, *, manifest: Manifest, stored: Connection | None = None) -> None:
        initial = {"name": stored.name, "mode": stored.mode} if stored else {"name": manifest.title}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # a QueryDict or None
        self.manifest = manifest
        self.has_secret = stored is not None and stored.secret is not None
        self.fields["mode"].choices = modes(manifest)  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["mode"].initial = stored.mode if stored else Mode.TWIN
        for name, field in manifest.config.items():
            self.fields[f"config_{name}"] = self._config(name, stored)
            self.fields[f"config_{name}"].help_text = field.help
        for name, secret in manifest.secrets.items():
            kept = "Leave empty to keep what is stored." if self.has_secret else ""
            self.fields[f"secret_{name}"] = forms.CharField(
                required=False,
                label=secret.title,
                help_text=" ".join(filter(None, (secret.help, kept))),
                widget=Text(is_secret=True),
            )

    def _config(self, name: str, stored: Connection | None) -> forms.Field:
        field = self.manifest.config[name]
        value = stored.config.get(name, "") if stored else field.default
        needed = field.required and not field.default
        if field.options:
            choices = [(option, option) for option in field.options]
            return forms.ChoiceField(
                choices=choices, required=needed, label=field.title, initial=value, widget=Choice()
            )
        box = Text(placeholder=field.example)
        return forms.CharField(required=needed, label=field.title, initial=value, max_length=200, widget=box)

    @property
    def config_fields(self) -> list[forms.BoundField]:
        return [self[f"config_{name}"] for name in self.manifest.config]

    @property
    def secret_fields(self) -> list[forms.BoundField]:
        return [self[f"secret_{name}"] for name in self.manifest.secrets]

    @property
    def wanted(self) -> Wanted:
        """Give what the service takes."""
        said = self.cleaned_data
        secrets = {name: said[f"secret_{name}"] for name in self.manifest.secrets if said[f"secret_{name}"]}
        config = {name: said[f"config_{name}"] for name in self.manifest.config if said[f"config_{name}"]}
        return Wanted(said["name"], said["mode"], config, secrets)


def modes(manifest: Manifest) -> list[tuple[str, str]]:
    """Offer the accounts there are, the harmless ones first."""
    modes = [(str(Mode.TWIN), "Twin: 7M's own stand-in, for trying out")]
    if manifest.sandbox_base_url:
        modes.append((str(Mode.SANDBOX), f"Test account of {manifest.title}"))
    return [*modes, (str(Mode.LIVE), "Live account: calls have real effects")]
