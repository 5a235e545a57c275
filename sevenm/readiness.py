"""How a process says that it can work: one line on its standard output, which no log level can hide."""

import sys

TEXT = b"process.ready"


def say_ready(name: str) -> None:
    sys.stdout.write(f"{TEXT.decode()} name={name}\n")
    sys.stdout.flush()
