"""The ports of flows: opened, closed and given to new versions as flows are published and switched.

Every web process listens on all of them; the system spreads connections among the processes. Each second they
look whose ports are whose.
"""

import asyncio
import logging
import ssl
from typing import Final

from psycopg import Error

from integrations.engine.hooks import Hooks
from integrations.engine.ingress import Ingress
from integrations.engine.mllp import CHUNK_BYTES, Bounds, Desk, Port
from integrations.errors import SevenMError

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0


class Listeners:
    """All listeners of this process."""

    def __init__(
        self,
        ingress: Ingress,
        hooks: Hooks,
        host: str,
        allowed: tuple[range, ...],
        *,
        tls: ssl.SSLContext | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._hooks = hooks
        self._host = host
        self._allowed = allowed
        self._tls = tls
        self._desk = Desk(ingress, bounds or Bounds())
        self._ports: dict[int, Port] = {}
        self._looking: asyncio.Task[None] | None = None
        self._warned: set[int] = set()

    async def start(self) -> None:
        """Begin to look for ports; the ingress is open."""
        self._looking = asyncio.create_task(self._look(), name="mllp ports")

    async def stop(self) -> None:
        """Take nothing new, answer what came, then close. The ingress is still open."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        for port in self._ports.values():
            port.close()
        self._ports.clear()
        await self._desk.drain()

    async def _look(self) -> None:
        while True:
            try:
                await self.refresh()
            except (Error, TimeoutError) as error:  # what is open stays open
                log.warning("mllp.look_failed error=%s", type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def refresh(self) -> None:
        """Listen for the flows that have ports now, with their newest versions, and for no others."""
        wanted = {row.port: row for row in await self._hooks.listening() if self._is_allowed(row.port)}
        for number in self._ports.keys() - wanted.keys():
            self._ports.pop(number).close()
        for number, listening in wanted.items():
            held = self._ports.get(number)
            if held is not None and held.listening.flow_id != listening.flow_id:
                self._ports.pop(number).close()
                held = None
            try:
                hook = await self._hooks.listener(listening)
                if held is not None:
                    held.listening, held.hook = listening, hook
                else:
                    self._ports[number] = await self._open(Port(listening, hook))
                self._warned.discard(number)
            except (SevenMError, OSError) as error:
                self._warn(number, error)

    def _is_allowed(self, number: int) -> bool:
        return any(number in ports for ports in self._allowed)

    def _warn(self, number: int, error: Exception) -> None:
        if number not in self._warned:
            self._warned.add(number)
            log.warning("mllp.not_listening port=%d error=%s", number, type(error).__name__)

    async def _open(self, port: Port) -> Port:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._desk.serve(port, reader, writer)

        port.server = await asyncio.start_server(
            connected,
            self._host,
            port.listening.port,
            limit=CHUNK_BYTES,
            backlog=64,
            reuse_port=True,
            ssl=self._tls,
            ssl_handshake_timeout=10.0 if self._tls is not None else None,
        )
        log.info("mllp.listening port=%d flow=%s", port.listening.port, port.listening.flow_id)
        return port
