"""Multipart forms: many files of some kilobytes."""

from collections.abc import Iterator

from bench.formats import Subject

HEAD = '--7Mbench\r\nContent-Disposition: form-data; name="file{0}"; filename="stock{0}.csv"\r\n'
HEAD += "Content-Type: text/csv\r\n\r\n"


def files(size: int) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        part = HEAD.format(number).encode() + b"A-1,5,Berlin,in stock\r\n" * 200 + b"\r\n"
        number += 1
        made += len(part)
        yield part
    yield b"--7Mbench--\r\n"


SUBJECTS = [Subject("multipart", "files", files, {"boundary": "7Mbench"})]
