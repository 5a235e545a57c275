"""The models of a manifest; `Manifest` is the whole."""

from integrations.connectors.manifest.fields import FieldSpec
from integrations.connectors.manifest.manifest import Manifest
from integrations.connectors.manifest.operations import Operation, Param

__all__ = ["FieldSpec", "Manifest", "Operation", "Param"]
