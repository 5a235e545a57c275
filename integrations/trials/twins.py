"""Answers the calls of a trial from the vendor twins, whatever the tenant's connections are for.

The tenant's credentials are never used: the twins have their own, which stand in the manifests. What has no
twin is not sent to anybody.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from typing_extensions import override

from integrations.connectors import loader, request
from integrations.connectors.calls import Caller
from integrations.connectors.client import Outbound, OutboundRequest, OutboundResponse
from integrations.connectors.egress import Guard, only
from integrations.connectors.manifest import Manifest, Operation
from integrations.connectors.request import Destination, Values
from integrations.delivery.keys import idempotency_key
from integrations.errors import ConfigError, SevenMError
from integrations.flows.compile import CompiledStep
from integrations.flows.exact_json import json_bytes
from integrations.flows.steps.context import Call, HttpCall, MailCall, MllpCall
from integrations.flows.visits import Answer, Iteration, NeedsAnswerError, Request
from integrations.formats.codec import Value
from integrations.trials.ground import Place

CALL_S: Final = 5.0
SHOWN_HEADERS: Final = frozenset({"content-type", "accept", "idempotency-key"})


class Twins(AbstractContextManager["Twins"]):
    """The twins as one trial meets them; used inside ``with``, by one thread."""

    def __init__(
        self,
        run_id: UUID,
        places: Mapping[UUID, Place],
        *,
        sandbox_url: str,
        is_on: bool,
        ends_at: float,
    ) -> None:
        """Make ready. is_on: whether the sandbox is served. ends_at: on ``time.monotonic``."""
        self._run_id, self._places, self._ends_at = run_id, places, ends_at
        self._sandbox_url = sandbox_url if is_on else ""
        self._runner: asyncio.Runner | None = None
        self._outbound: Outbound | None = None
        self._caller: Caller | None = None

    @override
    def __enter__(self) -> Self:
        return self

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            if self._outbound is not None:
                self._runner.run(self._outbound.close())
            self._runner.close()

    def __call__(self, step: CompiledStep, call: Call, iteration: Iteration) -> Answer:
        """Ask the twin, and tell what came."""
        if not isinstance(call, HttpCall) or call.url is not None or call.connection_id is None:
            return unanswered(step, call)
        manifest = loader.manifest(call.connector)
        operation = manifest.operation(call.operation)
        key = idempotency_key(self._run_id, step.key, iteration)
        values = values_of(call, key, min(CALL_S, step.timeout_s))
        to = self._twin_of(manifest, call.connection_id)
        asked = request.build(manifest, operation, to, {}, values)
        shown = shown_request("twin", call, asked)
        try:
            got = self._send(manifest, operation, to, values)
        except SevenMError as error:
            return Answer(shown, error=error)
        headers = {name.lower(): text for name, text in got.headers.items()}
        return Answer(shown, got.status, headers, got.body)

    def _twin_of(self, manifest: Manifest, connection_id: UUID) -> Destination:
        if not self._sandbox_url:
            raise ConfigError(
                "trial.no_sandbox",
                "No vendor twins run beside this installation, so nobody can answer this call.",
                hint="Pin an answer to go on, or have the operator start the sandbox.",
            )
        place = self._places.get(connection_id)
        config = place.config if place is not None and place.connector == manifest.key else {}
        return request.destination(manifest, "twin", filled(manifest, config), sandbox_url=self._sandbox_url)

    def _send(
        self, manifest: Manifest, operation: Operation, to: Destination, values: Values
    ) -> OutboundResponse:
        if self._runner is None or self._caller is None:
            self._runner = asyncio.Runner()
            self._caller = self._runner.run(self._begin())
        caller, secrets = self._caller, manifest.twin.secrets

        async def within() -> OutboundResponse:
            left_s = max(0.1, min(CALL_S, self._ends_at - time.monotonic()))
            async with asyncio.timeout(left_s):
                return await caller.send(manifest, operation, to, secrets, values)

        try:
            return self._runner.run(within())
        except TimeoutError:
            raise ConfigError(
                "trial.no_time",
                f"The twin of {manifest.title} did not answer within the time of a trial.",
                hint="Try again, or pin an answer to go on.",
            ) from None

    async def _begin(self) -> Caller:
        self._outbound = Outbound(Guard(only(self._sandbox_url)))
        return Caller(self._outbound)


def filled(manifest: Manifest, config: Mapping[str, Value]) -> dict[str, Value]:
    """Give the config of a connection with the manifest's own example where it says nothing."""
    return {
        name: config.get(name) or field.default or field.example for name, field in manifest.config.items()
    }


def values_of(call: HttpCall, key: str, timeout_s: float | None = None) -> Values:
    """Give the values of an operation's call, as the engine gives them."""
    return Values(
        path_params=call.path_params,
        query=call.query,
        headers=call.headers,
        body=call.body,
        idempotency_key=key,
        timeout_s=timeout_s,
    )


def shown_request(to: str, call: HttpCall, asked: OutboundRequest) -> Request:
    """Give what may be shown of a request: no header but the harmless ones."""
    headers = {name.lower(): text for name, text in asked.headers.items() if name.lower() in SHOWN_HEADERS}
    return Request(to, asked.method, asked.url, call.connector, call.operation, headers, asked.body or b"")


def unsent(call: Call, to: str = "nobody") -> Request:
    """Show a call of an address, which is not sent."""
    if isinstance(call, MllpCall):
        url = f"mllp{'s' if call.is_tls else ''}://{call.host}:{call.port}".lower()
        return Request(to, "MLLP", url, call.connector, call.operation, {}, call.message)
    if isinstance(call, MailCall):
        headers = {"to": ", ".join(call.to), "subject": call.subject}
        return Request(to, "MAIL", "", call.connector, call.operation, headers, call.text.encode())
    body = call.body if isinstance(call.body, bytes) else b"" if call.body is None else json_bytes(call.body)
    headers = {name.lower(): text for name, text in call.headers.items() if name.lower() in SHOWN_HEADERS}
    return Request(to, call.method, call.url or "", call.connector, call.operation, headers, body)


def unanswered(step: CompiledStep, call: Call) -> Answer:
    """Tell of a call that nobody answers."""
    asked = unsent(call)
    if isinstance(call, MailCall):
        return Answer(asked, error=needs_answer(step.key, "the mail server"))
    host = urlsplit(asked.url).netloc.rpartition("@")[2] or asked.connector
    return Answer(asked, error=needs_answer(step.key, f"{asked.method} {host}"))


def needs_answer(key: str, what: str) -> NeedsAnswerError:
    return NeedsAnswerError(
        "trial.needs_answer",
        f"This step would call {what}; pin an answer to go on.",
        hint="In a trial only the vendor twins are called.",
        place=f"steps.{key}",
    )
