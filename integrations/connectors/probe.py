"""Tests a connection: the manifest's cheap call, over the one guarded client."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.connectors import answers
from integrations.connectors.calls import Caller
from integrations.connectors.client import Outbound
from integrations.connectors.egress import EgressPolicy, Guard
from integrations.connectors.manifest import Manifest
from integrations.connectors.paths import pick
from integrations.connectors.request import Destination, Values
from integrations.errors import SevenMError

TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test went. code: "" where the connection works. message: in words for a merchant."""

    works: bool
    message: str
    code: str = ""
    total_ms: float = 0.0


async def probe(
    outbound: Outbound, manifest: Manifest, to: Destination, secrets: Mapping[str, str]
) -> Outcome:
    """Make the call that proves the credentials. Raises nothing that a connection can cause."""
    operation = manifest.operation(manifest.verify.operation)
    try:
        response = await Caller(outbound).send(manifest, operation, to, secrets, Values(timeout_s=TIMEOUT_S))
        body = answers.read(manifest, operation, response.status, response.headers, response.body)
    except SevenMError as error:
        hint = f" {error.hint}" if error.hint else ""
        return Outcome(works=False, message=error.message + hint, code=error.code)
    for path, expected in manifest.verify.expect.items():
        if pick(body, path) != expected:
            return Outcome(
                works=False,
                message=f"{manifest.title} answered, but does not accept the credentials.",
                code="connection.refused",
            )
    return Outcome(
        works=True,
        message=f"{manifest.title} answered in {response.total_ms:.0f} ms.",
        total_ms=response.total_ms,
    )


async def probe_alone(
    policy: EgressPolicy, manifest: Manifest, to: Destination, secrets: Mapping[str, str]
) -> Outcome:
    """Test with a client of its own, for a process without one."""
    async with Outbound(Guard(policy)) as outbound:
        return await probe(outbound, manifest, to, secrets)
