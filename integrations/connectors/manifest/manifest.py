"""A whole manifest: one YAML file says everything about a connector."""

import re
from functools import cached_property
from typing import Annotated

from pydantic import Field, model_validator

from integrations.connectors.auth.registry import AuthScheme
from integrations.connectors.manifest.errors import Errors
from integrations.connectors.manifest.fields import Choices, Model
from integrations.connectors.manifest.identity import ConfigField, Headline, SecretField
from integrations.connectors.manifest.limits import Limits
from integrations.connectors.manifest.operations import Operation
from integrations.connectors.manifest.twin import TwinSpec
from integrations.connectors.manifest.webhooks import Webhooks
from integrations.connectors.pagination.registry import Pagination
from integrations.errors import ConfigError

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Verify(Model):
    """A cheap call that proves the credentials. expect: values that must stand in the answer, by path."""

    operation: str
    expect: dict[str, str | int | bool] = {}


class Manifest(Headline):
    """base_url: of the service, with ``{config}`` names. sandbox_base_url: of the vendor's test system."""

    base_url: Annotated[str, Field(pattern=r"^https://")]
    sandbox_base_url: str = ""
    config: dict[str, ConfigField] = {}
    auth: AuthScheme
    headers: dict[str, str] = {}
    verify: Verify
    pagination: Pagination | None = None
    limits: Limits = Limits()
    errors: Errors = Errors()
    webhooks: Webhooks | None = None
    twin: TwinSpec
    operations: tuple[Operation, ...]

    @model_validator(mode="after")
    def _consistent(self) -> "Manifest":
        keys = [operation.key for operation in self.operations]
        if len(keys) != len(set(keys)):
            raise ValueError("two operations have the same key")
        if self.verify.operation not in keys:
            raise ValueError(f"verify: there is no operation {self.verify.operation}")
        for address in (self.base_url, self.sandbox_base_url):
            if unknown := set(_PLACEHOLDER.findall(address)) - set(self.config):
                raise ValueError(f"base_url: unknown config {', '.join(sorted(unknown))}")
        for operation in self.operations:
            self._check_operation(operation)
        if set(self.twin.secrets) != set(self.auth.secret_fields()):
            raise ValueError("twin.secrets: must give a value to each secret of the auth kind, and no other")
        return self

    def _check_operation(self, operation: Operation) -> None:
        known = set(self.config) | set(operation.params_in("path"))
        if missing := set(_PLACEHOLDER.findall(operation.path)) - known:
            raise ValueError(
                f"{operation.key}: path names {', '.join(sorted(missing))}, which nothing declares"
            )
        if operation.paginated and self.pagination is None:
            raise ValueError(f"{operation.key}: has pages, but the manifest says no pagination")
        for field in (*operation.params.values(), *operation.body.values()):
            if field.choices is not None:
                self._check_choices(operation, field.choices)
        named = {operation.twin.keeps, *operation.twin.needs} - {""}
        if unknown := named - set(self.twin.collections):
            raise ValueError(f"{operation.key}: the twin keeps no {', '.join(sorted(unknown))}")

    def _check_choices(self, operation: Operation, choices: Choices) -> None:
        source = next((one for one in self.operations if one.key == choices.operation), None)
        if source is None or not source.items or source.params_in("path"):
            raise ValueError(f"{operation.key}: choices come from a list operation that needs no values")

    @cached_property
    def _by_key(self) -> dict[str, Operation]:
        return {operation.key: operation for operation in self.operations}

    def operation(self, key: str) -> Operation:
        """Give an operation. Raises ConfigError ``connector.unknown_operation``."""
        try:
            return self._by_key[key]
        except KeyError:
            raise ConfigError(
                "connector.unknown_operation",
                f"{self.title} has no operation {key!r}.",
                hint=f"It has: {', '.join(sorted(self._by_key))}.",
            ) from None

    def limits_in(self, mode: str) -> Limits:
        """Give the limits of a connection's mode: a twin has no rate of its own to spare."""
        if mode == "twin":
            return Limits(
                concurrent=self.limits.concurrent, retry_after_header=self.limits.retry_after_header
            )
        return self.limits

    @property
    def secrets(self) -> dict[str, SecretField]:
        """The secret fields of the set-up form."""
        return {name: SecretField(title=title) for name, title in self.auth.secret_fields().items()}
