"""The other side of MLLP: a sender on a plain socket, and a receiver that can behave badly."""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from integrations.formats.hl7.mllp import Frames, frame


def message(control_id: str = "7", *, name: str = "DOE^JANE", more: str = "") -> bytes:
    return (
        f"MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A08^ADT_A01|{control_id}|P|2.5.1{more}\r"
        f"EVN|A08|20260301120000\rPID|1||4711^^^N^MR||{name}\rPV1|1|O\r"
    ).encode()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def field_of(text: bytes, segment: str, number: int) -> str:
    line = next(line for line in text.decode().split("\r") if line.startswith(segment))
    return [*line.split("|"), *[""] * 20][number - (segment == "MSH")]


class Sender:
    """A connection to a listener."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._frames = Frames(1 << 20)
        self._waiting: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def ask(self, text: bytes) -> str:
        """Send a message and give the code that it is acknowledged with."""
        self.socket.sendall(frame(text))
        return self.code()

    def answer(self) -> bytes:
        while not self._waiting:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._waiting += self._frames.feed(data)
        return self._waiting.pop(0)

    def code(self) -> str:
        return field_of(self.answer(), "MSA", 1)

    def is_closed(self) -> bool:
        """Wait for the other side to close; False where it sends something."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def ack(text: bytes, code: str, more: str = "") -> bytes:
    header = "MSH|^~\\&|EHR||LAB||20260301120000||ACK|1|P|2.5.1"
    return f"{header}\rMSA|{code}|{field_of(text, 'MSH', 10)}{more}\r".encode()


Behaviour = Callable[[bytes], bytes | None]


@dataclass
class Hospital:
    """A receiver: the first messages meet `behaviours`, in order, all others are accepted.

    A behaviour gives the bytes to send back, or None to close the connection without a word.
    """

    behaviours: list[Behaviour] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for line in self._open:
            line.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
                if self.tls is not None:
                    line = self.tls.wrap_socket(line, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections += 1
            self._open.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        frames = Frames(1 << 20)
        try:
            while data := line.recv(65536):
                for text in frames.feed(data):
                    reply = self._reply(text)
                    if reply is None:
                        line.close()
                        return
                    line.sendall(reply)
        except OSError:
            return

    def _reply(self, text: bytes) -> bytes | None:
        with self._lock:
            self.received.append(text)
            behave = self.behaviours.pop(0) if self.behaviours else accept
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return behave(text)
        finally:
            with self._lock:
                self.at_once -= 1


def accept(text: bytes) -> bytes:
    return frame(ack(text, "AA"))


def hang_up(text: bytes) -> None:
    return None


def say_nothing(text: bytes) -> bytes:
    return b""


def linger(text: bytes) -> bytes:
    threading.Event().wait(0.05)
    return accept(text)


def answering(code: str, more: str = "") -> Behaviour:
    return lambda text: frame(ack(text, code, more))
