"""The zip package of a workbook: its directory is checked before anything is unpacked.

Parts are unpacked as streams, never to more bytes than the directory says; the zip format allows a thousand
to one, spreadsheets need a tenth of that. Source: ECMA-376-2 (Open Packaging Conventions).
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from integrations.errors import DecodeError, LimitError
from integrations.formats.codec import BLOCK_BYTES, Limits

MAX_PARTS: Final = 5_000
# Times the bytes that the document itself may have: what all parts may unpack to, and what is kept of texts.
UNPACKED_TIMES: Final = 30
MAX_RATIO: Final = 250
RATIO_FROM_BYTES: Final = 1 << 20
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    struct.error,
    zlib.error,
)


class Package:
    """The parts of one document. Names are compared without case, as Windows does."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Check the directory. Raises DecodeError; LimitError ``xlsx.expansion``."""
        if data.startswith(_OLD):
            raise DecodeError(
                "xlsx.protected_or_old",
                "This is an old .xls file, or a workbook that is protected by a password.",
                place="offset 0",
                hint="Take the password away, and save it as .xlsx.",
            )
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            found = self.archive.infolist()
        except _BROKEN:
            raise DecodeError(
                "xlsx.not_a_workbook",
                "This is not an Excel workbook (.xlsx), or it was cut: its directory is missing.",
                place=f"offset {len(data)}",
                hint="Send it again, whole.",
            ) from None
        self.parts = {_key(info.filename): info for info in found}
        self._check(found, limits)

    def _check(self, found: list[zipfile.ZipInfo], limits: Limits) -> None:
        if len(found) > MAX_PARTS or len(self.parts) < len(found):
            raise LimitError(
                "xlsx.parts", "The workbook has too many parts, or two of one name.", place="directory"
            )
        total = sum(info.file_size for info in found)
        swollen = any(
            info.file_size > RATIO_FROM_BYTES and info.file_size > MAX_RATIO * info.compress_size
            for info in found
        )
        if swollen or total > UNPACKED_TIMES * limits.max_bytes:
            raise LimitError(
                "xlsx.expansion",
                "The workbook unpacks to far more than its size allows.",
                place="directory",
                hint="Save it again without empty formatted rows and pictures.",
            )
        if "xl/workbook.bin" in self.parts or "mimetype" in self.parts:
            raise DecodeError(
                "xlsx.other_spreadsheet",
                "This is another kind of spreadsheet (.xlsb or .ods).",
                place="directory",
                hint="Save it as .xlsx.",
            )

    def holds(self, name: str) -> bool:
        """Whether there is such a part."""
        return _key(name) in self.parts

    def span(self, name: str) -> tuple[int, int]:
        """Give where a part stands in the document, and how long it is there."""
        info = self.parts[_key(name)]
        return info.header_offset, info.compress_size

    def blocks(self, name: str, title: str) -> Iterator[bytes]:
        """Unpack a part piece by piece. title: how errors call it."""
        try:
            with self.archive.open(self.parts[_key(name)]) as part:
                while block := part.read(BLOCK_BYTES):
                    yield block
        except _BROKEN:
            raise DecodeError(
                "xlsx.damaged", "A part of the workbook is damaged or encrypted.", place=title
            ) from None


def resolve(folder: str, target: str) -> str:
    """Find the part that a relationship names, relative to the folder of the part that has it."""
    path = target if target.startswith(("/", "\\")) else f"{folder}/{target}"
    steps: list[str] = []
    for step in path.replace("\\", "/").split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in {"", "."}:
            steps.append(step)
    return "/".join(steps)


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
