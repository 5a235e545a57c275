import argparse
import sys

from django.conf import settings

from integrations.tenants.models import Tenant
from integrations.vault import rotation
from integrations.vault.purposes import Purpose
from integrations.vault.services import keyring
from sevenm import console


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    rotate = actions.add_parser("rotate", help="make new keys; everything stays readable while it runs")
    which = rotate.add_mutually_exclusive_group(required=True)
    which.add_argument("--root", action="store_true", help="the root keys: tenant keys are wrapped again")
    which.add_argument("--tenant", help="short name of the tenant whose keys are renewed")
    which.add_argument("--all-tenants", action="store_true", help="the keys of every tenant")
    which.add_argument("--destroy", action="store_true", help="destroy old keys that nothing needs any more")
    rotate.add_argument(
        "--purpose", choices=[*Purpose], action="append", help="only this purpose; may repeat"
    )


def run(arguments: argparse.Namespace) -> int:
    purposes = [Purpose(name) for name in arguments.purpose or Purpose]
    ring = keyring()
    folder = settings.SEVENM.keys
    if arguments.root:
        for purpose in purposes:
            say(f"root {purpose}: version {rotation.rotate_root(ring, folder, purpose, report=show)}")
        return 0
    tenants = (
        [console.tenant(arguments.tenant)] if arguments.tenant else list(Tenant.objects.order_by("slug"))
    )
    for tenant in tenants:
        for purpose in purposes:
            if arguments.destroy:
                gone = rotation.destroy_retired(ring, tenant.id, purpose)
                say(f"{tenant.slug} {purpose}: destroyed {gone or 'nothing'}")
            else:
                version = rotation.rotate_tenant(ring, tenant.id, purpose, report=show)
                say(f"{tenant.slug} {purpose}: version {version}")
    if arguments.destroy:
        for purpose in purposes:
            say(f"root {purpose}: destroyed {rotation.drop_unused_roots(folder, purpose) or 'nothing'}")
    return 0


def show(progress: rotation.Progress) -> None:
    left = f", {progress.skipped} left for the next pass" if progress.skipped else ""
    bad = f", {progress.unreadable} unreadable" if progress.unreadable else ""
    say(f"  {progress.table}: {progress.rewrapped} re-wrapped{left}{bad}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
