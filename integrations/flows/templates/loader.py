"""Finds and reads templates: one folder each beside this file, read when first asked for."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from integrations.connectors import loader as connectors
from integrations.errors import AccessError, ConfigError
from integrations.flows.templates.about import About
from integrations.flows.yamlfile import FlowFile, read_flow, read_settings
from integrations.formats.registry import FORMATS

FOLDER: Final = Path(__file__).parent
_KEY: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Template:
    """A template with its flow as the file says it, before names of connections are chosen."""

    key: str
    about: About
    file: FlowFile

    @property
    def text(self) -> str:
        """The flow as the YAML it is written in."""
        return flow_text(self.key)

    @property
    def systems(self) -> tuple[str, ...]:
        """The connectors it calls or hears, each once, as the flow names them."""
        return tuple(dict.fromkeys(self.about.connections.values()))

    @property
    def system_titles(self) -> tuple[str, ...]:
        return tuple(connectors.headline(key).title for key in self.systems)

    @property
    def format_titles(self) -> tuple[str, ...]:
        return tuple(FORMATS[key].title for key in self.about.formats)


@lru_cache(maxsize=1)
def found() -> tuple[str, ...]:
    """Give the key of every template, sorted; reads the folder, no file."""
    return tuple(sorted(folder.name for folder in FOLDER.iterdir() if (folder / "flow.yaml").is_file()))


@lru_cache(maxsize=256)
def template(key: str) -> Template:
    """Give a template. Raises AccessError where there is none: the key stands in addresses."""
    folder = _folder(key)
    try:
        about = About.model_validate(read_settings((folder / "about.yaml").read_text("utf-8")))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ConfigError("template.about", f"The template {key} is not valid: {wrong}") from error
    return Template(key, about, read_flow(flow_text(key)))


def every() -> tuple[Template, ...]:
    """Give all templates, by title."""
    return tuple(sorted(map(template, found()), key=lambda one: one.about.title))


def flow_text(key: str) -> str:
    """Give a template's flow as the YAML it is written in. Raises AccessError."""
    return (_folder(key) / "flow.yaml").read_text("utf-8")


def sample(key: str) -> bytes:
    """Give a template's sample document; nothing where its flow takes none. Raises AccessError."""
    said = template(key).about.sample
    return (_folder(key) / said.file).read_bytes() if said is not None else b""


def _folder(key: str) -> Path:
    if not _KEY.fullmatch(key) or not (FOLDER / key / "flow.yaml").is_file():
        raise AccessError
    return FOLDER / key
