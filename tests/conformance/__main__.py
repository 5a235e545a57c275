"""``make conformance``: run every check over the corpora, print the table, keep it in the docs."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.conformance import CORPORA, Result, modules

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conformance.md"
INTRODUCTION = """# Conformance

Made by `make conformance` over collections of real files, which are not part of this project. A cell is
passed/tried; what the columns mean stands in `tests/conformance/__init__.py`.

"""
KINDS = ("decode", "refuse", "round trip", "twin")


def row(folder: str, results: list[Result]) -> str:
    tried = Counter(result.what for result in results)
    passed = Counter(result.what for result in results if result.passed)
    cells = [f"{passed[kind]}/{tried[kind]}" if tried[kind] else "-" for kind in KINDS]
    files = len({result.file for result in results})
    explained = sum(not result.passed and result.is_explained for result in results)
    failed = sum(not result.passed and not result.is_explained for result in results)
    return f"| {folder} | {files} | {' | '.join(cells)} | {explained} | {failed} |"


def table(found: dict[str, list[Result]]) -> str:
    head = "| corpus | files | decode | refuse | round trip | twin | misses explained | failed |"
    lines = [head, "|---|---:|---:|---:|---:|---:|---:|---:|"]
    return "\n".join([*lines, *(row(folder, results) for folder, results in sorted(found.items()))])


def misses(found: dict[str, list[Result]]) -> str:
    lines = [
        f"| {folder}/{result.file} | {result.what} | {result.reason.replace('|', '/')} |"
        for folder, results in sorted(found.items())
        for result in results
        if not result.passed
    ]
    return "\n".join(["| file | tried | reason |", "|---|---|---|", *lines]) if lines else "None."


def main() -> int:
    options = argparse.ArgumentParser(prog="make conformance")
    options.add_argument("--corpora", type=Path, default=CORPORA)
    options.add_argument("--keep", action="store_true", help="write docs/reference/conformance.md")
    options.add_argument("only", nargs="*", help="folders; all if none is named")
    chosen = options.parse_args()
    if not chosen.corpora.is_dir():
        sys.stdout.write(f"There are no corpora at {chosen.corpora}: nothing to do.\n")
        return 0
    found = {
        name: list(check(chosen.corpora / name))
        for name, check in modules().items()
        if (not chosen.only or name in chosen.only) and (chosen.corpora / name).is_dir()
    }
    text = f"{table(found)}\n\n## Misses\n\n{misses(found)}\n"
    sys.stdout.write(text)
    if chosen.keep:
        PAGE.write_text(INTRODUCTION + text)
    return any(not r.passed and not r.is_explained for results in found.values() for r in results)


if __name__ == "__main__":
    sys.exit(main())
