"""A real mail server on this machine that keeps what it gets and answers as told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


@dataclass
class Mailbox:
    """answers: for a command in upper case, what is said in place of yes; "" hangs up."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, tuple[str, ...], EmailMessage]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def forget(self) -> None:
        self.answers.clear()
        self.taken.clear()


class _Talk(socketserver.StreamRequestHandler):
    """One connection, RFC 5321 as far as clients need it. DATA is asked twice: before the text, and after."""

    server: Any

    def handle(self) -> None:
        box: Mailbox = self.server.box
        sender, to = "", list[str]()
        self.say("220 mailbox")
        for line in self.rfile:
            command = line.decode().strip()
            verb = command.split(" ")[0].upper()
            answer = box.answers.get(verb, "354 go on" if verb == "DATA" else "250 yes")
            if verb == "MAIL":
                sender, to = command.partition(":<")[2].partition(">")[0], []
            if verb == "RCPT" and answer.startswith("2"):
                to.append(command.partition(":<")[2].partition(">")[0])
            if verb == "QUIT":
                self.say("221 bye")
                return
            if not answer:
                return
            self.say(answer)
            if verb == "DATA" and answer.startswith("354"):
                text = self.read_text()
                end = box.answers.get(".", "250 taken")
                if end.startswith("2"):
                    message = message_from_bytes(text, policy=default)
                    assert isinstance(message, EmailMessage)
                    box.taken.append((sender, tuple(to), message))
                if not end:
                    return
                self.say(end)

    def read_text(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: Mailbox


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Serve on a free port."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = Mailbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.box
        finally:
            server.shutdown()
            thread.join()
