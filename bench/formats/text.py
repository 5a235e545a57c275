"""Text by pattern: log lines, against Python's own expressions."""

import re
from collections.abc import Iterator

from bench.formats import Rival, Subject

LINE = "2024-03-01T10:15:{0:02} INFO  order {1:08}: sent 3 lines of A-{2} to Berlin, paid by card\n"
PATTERN = r"^(?P<time>\S+) (?P<level>[A-Z]+) +order (?P<order>\d+): (?P<text>.*)$"


def log(size: int) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        text = "".join(LINE.format(n % 60, n, n % 500) for n in range(number, number + 300))
        number += 300
        made += len(text)
        yield text.encode()


def read_by_library(data: bytes) -> object:
    return [found.groupdict() for found in re.finditer(PATTERN, data.decode(), re.MULTILINE)]


OPTIONS = {"patterns": [{"expression": PATTERN}], "template": "{time} {level}  order {order}: {text}"}
SUBJECTS = [Subject("text", "log", log, OPTIONS, None, Rival("re", read_by_library))]
