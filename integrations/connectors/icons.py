"""Icons of connectors: a tile with letters, made from the title. No vendor's mark is used."""

import zlib
from html import escape

from integrations.connectors.manifest.identity import Headline

# Background colours on which white letters have a contrast of at least 4.5 : 1.
COLOURS = ("#1f5fa8", "#0f6b5c", "#7a3e9d", "#9c3d1f", "#3d5a1f", "#5a4a8a", "#8a2f52", "#2f5f6b")


def letters(title: str) -> str:
    """Give two letters for a title: ``ShipStation`` is SS, ``Avalara AvaTax`` AA, ``Shopify`` Sh."""
    words = title.split()
    if len(words) > 1:
        return (words[0][0] + words[1][0]).upper()
    capitals = [letter for letter in title if letter.isupper()]
    return "".join(capitals[:2]) if len(capitals) > 1 else title[:2].capitalize()


def tile(headline: Headline) -> str:
    """Give the icon as SVG; its colour depends on the key alone."""
    colour = COLOURS[zlib.crc32(headline.key.encode()) % len(COLOURS)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" role="img" aria-hidden="true">'
        f'<rect width="40" height="40" rx="8" fill="{colour}"/>'
        '<text x="20" y="26" text-anchor="middle" font-family="system-ui, sans-serif" font-size="16" '
        f'font-weight="600" fill="#fff">{escape(letters(headline.title))}</text></svg>'
    )
