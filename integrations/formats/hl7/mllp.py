"""MLLP: the frame around messages on a TCP connection: VT, message, FS, CR.

Pure: bytes in, bytes out. Who holds the socket feeds what it received and sends what it is given.
Source: HL7 Transport Specification MLLP, release 2, which also has frames that hold one byte: ACK or NAK.
"""

from integrations.errors import DecodeError, LimitError

START, END = b"\x0b", b"\x1c\r"
COMMIT_ACK, COMMIT_NAK = b"\x06", b"\x15"
_IDLE = b"\r\n \t\0"


def frame(message: bytes) -> bytes:
    """Put a message (or COMMIT_ACK, COMMIT_NAK) into a frame.

    Raises DecodeError ``hl7.mllp_content`` if it holds the end of one.
    """
    if END in message + b"\r":
        raise DecodeError("hl7.mllp_content", "The message holds the end mark of a frame.", place="message")
    return START + message + END


class Frames:
    """Takes what comes over one connection and gives the messages that are complete.

    max_bytes: the longest message. After an error the connection should be closed, unless `skip` finds
    where the next message begins.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._held = bytearray()
        self._searched = 0
        self._count = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take some bytes; give the messages that they complete, often none.

        Raises DecodeError ``hl7.mllp_start`` for bytes outside of a frame, LimitError ``hl7.too_large``. The
        messages complete by then are given first: the error comes with the next call.
        """
        self._held += data
        found: list[bytes] = []
        while self._skip_idle(is_first=not found):
            end = self._held.find(END, self._searched)
            if end < 0:
                self._searched = max(1, len(self._held) - 1)
                if len(self._held) - 1 > self.max_bytes and not found:
                    raise self._too_large()
                break
            if end - 1 > self.max_bytes:
                if not found:
                    raise self._too_large()
                break
            found.append(bytes(self._held[1:end]))
            del self._held[: end + len(END)]
            self._searched = 1
            self._count += 1
        return found

    @property
    def held_bytes(self) -> int:
        """How much of a message that is not complete is kept."""
        return len(self._held)

    def skip(self) -> bool:
        """Go on after bytes outside of a frame: drop them up to a start mark. False where none came."""
        start = self._held.find(START)
        del self._held[: start if start >= 0 else None]
        self._searched = 1
        return start >= 0

    def finish(self) -> None:
        """Take the end of the connection. Raises DecodeError ``hl7.mllp_cut`` inside a frame."""
        if self._held.strip(_IDLE):
            raise DecodeError(
                "hl7.mllp_cut", "The connection ended inside a message.", place=f"message {self._count + 1}"
            )

    def _skip_idle(self, *, is_first: bool) -> bool:
        """Drop what may stand between frames; False where no frame begins here."""
        if self._held[:1] == START:
            return True
        idle = len(self._held) - len(self._held.lstrip(_IDLE))
        del self._held[:idle]
        self._searched = 1
        if not self._held or self._held[:1] == START:
            return bool(self._held)
        if is_first:
            raise DecodeError(
                "hl7.mllp_start",
                "Bytes stand outside of a frame.",
                hint="A message over MLLP begins with the byte 0B and ends with 1C 0D.",
                place=f"after message {self._count}",
            )
        return False

    def _too_large(self) -> LimitError:
        return LimitError(
            "hl7.too_large",
            f"A message is larger than the {self.max_bytes:,} bytes allowed here.",
            place=f"message {self._count + 1}",
        )
