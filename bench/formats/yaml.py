"""YAML: articles, most of each a description. No bar: the scanner is pure Python."""

from collections.abc import Iterator

from bench.formats import Subject

LINE = (
    "  Bag no. {0}, of waxed cotton with leather handles, made to last; " + "wash by hand only, " * 8 + "\n"
)
ARTICLE = (
    """---
id: 82098291194615{0:04}
price: {2}.{1:02}
tags: [bag, blue]
sizes:
  - sku: A-{2}
    count: {1}
text: |
"""
    + LINE * 10
)


def documents(size: int) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        text = "".join(ARTICLE.format(n, n % 28 + 1, n % 500) for n in range(number, number + 10))
        number += 10
        made += len(text)
        yield text.encode()


SUBJECTS = [Subject("yaml", "documents", documents)]
