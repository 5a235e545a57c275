import argparse
import sys

from sevenm import environment
from sevenm.checks import Mark, findings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="show only what is wrong")


def run(arguments: argparse.Namespace) -> int:
    found = []
    for finding in findings(environment.read()):
        found.append(finding)
        if finding.mark is Mark.OK and arguments.quiet:
            continue
        sys.stdout.write(f"{finding.mark:>5}  {finding.what}\n")
        if finding.advice:
            sys.stdout.write(f"       → {finding.advice}\n")
    failed = sum(finding.mark is Mark.FAIL for finding in found)
    if failed:
        sys.stdout.write(f"{failed} thing{'s' if failed > 1 else ''} to put right.\n")
    return 1 if failed else 0
