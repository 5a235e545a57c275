"""How wide a text will be. The server draws, so it has to guess what the browser measures."""


def text_width(text: str, size: float) -> float:
    """About how wide a text is in the pages' font, in pixels; a little too much rather than too little."""
    units = sum(
        0.32 if c in "iIl.,:;|'! jft()" else 0.92 if c in "mwMW@—" else 0.72 if c.isupper() else 0.59
        for c in text
    )
    wide = sum(0.45 for c in text if ord(c) > 0x2E80)
    return round((units + wide) * size, 1)


def cut(text: str, width: float, size: float = 13) -> str:
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
