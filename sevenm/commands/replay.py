import argparse
import sys
import threading
from uuid import UUID

from integrations.api.flows.names import chosen_flow
from integrations.desk.queries import replays as queries
from integrations.desk.queries.replays import ReplayProgress
from integrations.desk.selection import Selection
from integrations.desk.services import replays as services
from integrations.tenants.access import Actor
from sevenm import console

LOOK_S = 0.5


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--flow", default="", help="only of this flow: short name, name or id")
    parser.add_argument("--id", type=UUID, action="append", help="only this run; may repeat")
    parser.add_argument("--code", help="only with this error code")
    parser.add_argument("--step", help="only that failed at this step")
    parser.add_argument("--destination", type=UUID, help="only for this connection, by id")
    parser.add_argument("--all", action="store_true", help="every dead letter of the tenant")
    parser.add_argument("--dry-run", action="store_true", help="count them, and do nothing")
    parser.add_argument("--from-start", action="store_true", help="make calls that finished again, too")
    parser.add_argument("--current-version", action="store_true", help="with the version that runs now")
    parser.add_argument("--pace", type=int, default=0, help="at most so many a second; 0 is no limit")
    parser.add_argument("--no-wait", action="store_true", help="do not wait for the end")
    console.add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Order a replay and follow it; the exit code is 1 when some of it failed again."""
    by = console.actor(arguments.tenant)
    chosen = Selection(
        ids=tuple(arguments.id) if arguments.id else None,
        flow_id=chosen_flow(by, arguments.flow),
        code=arguments.code,
        step=arguments.step,
        destination=arguments.destination,
    )
    if chosen == Selection() and not arguments.all:
        sys.stderr.write("Choose with --flow, --id, --code, --step or --destination, or say --all.\n")
        return 2
    if arguments.dry_run:
        found = queries.count_chosen(by, chosen)
        console.answer(
            {
                "ready": found.ready,
                "expired": found.expired,
                "others": found.others,
                "missing": found.missing,
            },
            as_json=arguments.json,
        )
        return 0
    return order(arguments, by, chosen)


def order(arguments: argparse.Namespace, by: Actor, chosen: Selection) -> int:
    ordered = services.start_replay(
        by=by,
        chosen=chosen,
        from_start=arguments.from_start,
        current_version=arguments.current_version,
        pace_per_s=arguments.pace,
    )
    progress = queries.replay(by, ordered.id)
    if not arguments.no_wait:
        progress = follow(by, progress, shown=not arguments.json)
    facts = {
        "replay": progress.id,
        "state": progress.state,
        "total": progress.total,
        "succeeded": progress.succeeded,
        "failed": progress.failed,
        "refused": progress.refused,
    }
    console.answer(facts, as_json=arguments.json)
    return 1 if progress.failed else 0


def follow(by: Actor, progress: ReplayProgress, *, shown: bool) -> ReplayProgress:
    """Look until nothing of it is on its way. Ctrl-C ends the looking, not the replay."""
    pause = threading.Event()
    last = ""
    while not progress.is_over:
        pause.wait(LOOK_S)
        progress = queries.replay(by, progress.id)
        line = (
            f"{progress.released} of {progress.total} released, {progress.succeeded} succeeded, "
            f"{progress.failed} failed"
        )
        if shown and line != last:
            sys.stderr.write(f"{line}\n")
            last = line
    return progress
