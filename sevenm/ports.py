"""TCP ports: looked at, or taken and held, so that nobody else takes one between its choice and its use."""

import errno
import socket

BACKLOG = 4096


class ListenError(Exception):
    """The address cannot be listened on."""


class PortTakenError(ListenError):
    """The port that was asked for is somebody else's."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken: choose another with --port, or none to have one chosen")


def listen(host: str, port: int) -> socket.socket:
    """Take a port; callers wait until somebody answers them. Raises PortTakenError, ListenError."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)  # until here a second socket could be bound to the port, too
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(port) from None
        raise ListenError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    return listener


def listen_from(host: str, first: int) -> socket.socket:
    """Take the first port from `first` on that is free."""
    for port in range(first, first + 1000):
        try:
            return listen(host, port)
        except PortTakenError:
            continue
    raise PortTakenError(first)


def find_inherited(number: int | None) -> socket.socket | None:
    """Give the listener that the supervisor holds, where this process was started with one."""
    return None if number is None else socket.socket(fileno=number)


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def free_port(first: int) -> int:
    """Find the first port from `first` on that nobody listens on at the loopback address."""
    for port in range(first, first + 1000):
        if is_free(port):
            return port
    raise PortTakenError(first)


def is_free(port: int) -> bool:
    try:
        listen("127.0.0.1", port).close()
    except PortTakenError:
        return False
    return True
