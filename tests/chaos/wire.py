"""A wire between two parties that a test can cut: a TCP relay with a switch.

Stand it between client and web (F-04), or between a process and its database or broker (F-06, F-07, F-22)::

    with Wire("127.0.0.1", port) as wire:
        ...                       # talk to wire.port
        wire.mode = Mode.CUT_ANSWERS
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import StrEnum
from types import TracebackType
from typing import Any, Self, TypeVar

Result = TypeVar("Result")


class Mode(StrEnum):
    """What the wire does with bytes from now on."""

    PASS = "pass"
    CUT_ANSWERS = "cut_answers"
    """Requests go through; at the first byte of an answer both sides are reset."""
    HOLD = "hold"
    """Nothing goes through in either direction, and connections stay open."""
    HOLD_ANSWERS = "hold_answers"
    """Requests go through, answers wait."""
    REFUSE = "refuse"
    """New connections are reset; those that exist are cut."""


class Wire:
    """Relays to ``host:port`` on a port of its own, from a thread of its own."""

    def __init__(self, host: str, port: int, *, delay_s: float = 0.0) -> None:
        self._target = (host, port)
        self._delay_s = delay_s
        self._mode = Mode.PASS
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.cut = 0
        self.passed = 0
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._call(self._switch(mode))

    def cut_all(self) -> None:
        """Reset every connection now; new ones are welcome."""
        self._call(self._cut_all())

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _switch(self, mode: Mode) -> None:
        self._mode = mode
        self._changed.set()
        self._changed = asyncio.Event()
        if mode is Mode.REFUSE:
            await self._cut_all()

    async def _cut_all(self) -> None:
        for writer in list(self._writers):
            reset(writer)

    async def _close(self) -> None:
        self._server.close()
        await self._cut_all()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._mode is Mode.REFUSE:
                return
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            self._writers.add(far_writer)
            try:
                await asyncio.gather(
                    self._pump(reader, far_writer, answers=False),
                    self._pump(far_reader, writer, answers=True),
                )
            finally:
                self._writers.discard(far_writer)
                reset(far_writer)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            reset(writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while data := await reader.read(1 << 16):
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            while self._mode is Mode.HOLD or (answers and self._mode is Mode.HOLD_ANSWERS):
                await self._changed.wait()
            if answers and self._mode is Mode.CUT_ANSWERS:
                self.cut += 1
                raise ConnectionResetError
            self.passed += len(data)
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
