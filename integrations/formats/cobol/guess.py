"""Tell from the first bytes of a file whether a mainframe wrote it, and how its records are cut."""

from integrations.formats.codec import Guess

# Letters, digits, the blank and the usual marks of EBCDIC, which its Latin code pages share.
_EBCDIC = bytes(
    [
        64,
        75,
        77,
        78,
        93,
        96,
        97,
        107,
        *range(129, 138),
        *range(145, 154),
        *range(162, 170),
        *range(192, 202),
        *range(208, 218),
        *range(226, 234),
        *range(240, 250),
    ]
)
_LETTERS = bytes([*range(0x81, 0x8A), *range(0xC1, 0xCA), *range(0xF0, 0xFA), 0x40])


def guess(head: bytes) -> Guess | None:
    """Say how much it looks like COBOL data; without the copybook it cannot be read, so never surely."""
    body = head.translate(None, b"\0")
    if len(body) < 8:
        return None
    share = 1 - len(body.translate(None, _EBCDIC)) / len(body)
    is_ebcdic = share > 0.6 and len(body) - len(body.translate(None, _LETTERS)) > len(body) * 0.3
    word = _descriptor_of(head)
    if not is_ebcdic:
        return Guess(0.2, {"encoding": "latin-1", "framing": "rdw", "rdw": word}) if word else None
    options: dict[str, object] = (
        {"encoding": "cp037", "framing": "rdw", "rdw": word} if word else {"encoding": "cp037"}
    )
    return Guess(0.45, options, "EBCDIC records", "cp037")


def _descriptor_of(head: bytes) -> dict[str, object] | None:
    """Try the kinds of descriptor words: one is right if the words it leads to are there, three in a row."""
    for order in ("big", "little"):
        for length_at in (0, 2):
            for counts_itself in (True, False):
                if _leads_on(head, order, length_at, counts_itself=counts_itself):
                    return {"order": order, "length_at": length_at, "counts_itself": counts_itself}
    return None


def _leads_on(head: bytes, order: str, length_at: int, *, counts_itself: bool) -> bool:
    at = words = 0
    while at + 4 <= len(head) and words < 20:
        other = head[at + 2 - length_at : at + 4 - length_at]
        length = int.from_bytes(
            head[at + length_at : at + length_at + 2], "big" if order == "big" else "little"
        )
        length += 0 if counts_itself else 4
        if other != b"\0\0" or length <= 8:
            return False
        at += length
        words += 1
    return words >= 3
