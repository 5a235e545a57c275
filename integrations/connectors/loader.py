"""Finds and reads manifests: one folder each under ``catalog/``, read when first asked for."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from integrations.connectors.manifest.identity import Headline
from integrations.connectors.manifest.manifest import Manifest
from integrations.errors import ConfigError

CATALOG = Path(__file__).parent / "catalog"
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@lru_cache(maxsize=1)
def found() -> tuple[str, ...]:
    """Give the key of every connector, sorted; reads the folder, no file."""
    return tuple(sorted(folder.name for folder in CATALOG.iterdir() if (folder / "manifest.yaml").is_file()))


@lru_cache(maxsize=1024)
def manifest(key: str) -> Manifest:
    """Give a connector's manifest. Raises ConfigError ``connector.unknown``."""
    return read_manifest(_folder(key))


@lru_cache(maxsize=1024)
def headline(key: str) -> Headline:
    """Give what a list shows of a connector, from the top of its file only."""
    head = (_folder(key) / "manifest.yaml").read_text("utf-8").partition("\n\n")[0]
    return Headline.model_validate(_yaml(head, key))


@lru_cache(maxsize=1024)
def help_text(key: str) -> str:
    """Give the connector's help page, in Markdown."""
    return (_folder(key) / "help.md").read_text("utf-8")


def sample(key: str, name: str) -> bytes:
    """Give one of the connector's samples: ``orders_create.json``. Raises ConfigError where there is none."""
    path = _folder(key) / "samples" / name
    if not re.fullmatch(r"[a-z0-9_]+\.json", name) or not path.is_file():
        raise ConfigError("connector.unknown_sample", "There is no such sample.")
    return path.read_bytes()


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``manifest.yaml`` of a folder. Raises ConfigError naming every finding."""
    facts = _yaml((folder / "manifest.yaml").read_text("utf-8"), folder.name)
    try:
        read = Manifest.model_validate(facts)
    except ValidationError as error:
        findings = "; ".join(
            f"{'.'.join(str(part) for part in finding['loc'])}: {finding['msg']}"
            for finding in error.errors()
        )
        raise ConfigError(
            "connector.manifest", f"The manifest {folder.name} is not valid: {findings}"
        ) from error
    if read.key != folder.name:
        raise ConfigError("connector.manifest", f"The manifest in {folder.name} calls itself {read.key}.")
    return read


def _folder(key: str) -> Path:
    if not _KEY.fullmatch(key) or not (CATALOG / key / "manifest.yaml").is_file():
        raise ConfigError("connector.unknown", f"There is no connector {key[:60]!r}.")
    return CATALOG / key


def _yaml(text: str, name: str) -> Mapping[str, Any]:
    try:
        facts = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ConfigError("connector.manifest", f"The manifest {name} is not YAML.") from error
    if not isinstance(facts, Mapping):
        raise ConfigError("connector.manifest", f"The manifest {name} is not a map.")
    return facts
