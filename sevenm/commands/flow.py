import argparse
import sys
from pathlib import Path

from django.conf import settings

from integrations.api.flows.names import flow_named
from integrations.errors import ConflictError, DecodeError, InputError
from integrations.flows import queries, services
from integrations.flows.models import Flow
from integrations.flows.snapshots import from_json
from integrations.flows.yamlfile import FlowFile, write_flow
from integrations.tenants.access import Actor
from sevenm import console


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    take = actions.add_parser("import", help="read a flow's YAML file into its draft")
    take.add_argument("file", type=Path, help="the file, or - for the standard input")
    take.add_argument("--slug", default="", help="short name of the flow; else the file's own")
    take.add_argument("--publish", action="store_true", help="publish it, too")
    give = actions.add_parser("export", help="write a flow's draft as a YAML file")
    give.add_argument("flow", help="short name of the flow")
    give.add_argument("--file", type=Path, help="where to; else the standard output")
    publish = actions.add_parser("publish", help="publish a flow's draft")
    publish.add_argument("flow", help="short name of the flow")
    for one in (take, publish):
        one.add_argument("--comment", default="", help="what changed, for the list of versions")
    for one in (take, give, publish):
        console.add_common(one)


def run(arguments: argparse.Namespace) -> int:
    by = console.actor(arguments.tenant)
    if arguments.action == "export":
        return export(arguments, by)
    if arguments.action == "import":
        flow = services.import_flow(by=by, text=read(arguments.file), slug=arguments.slug)
        if arguments.publish:
            publish_changes(by, flow, arguments.comment)
    else:
        flow = flow_named(by, arguments.flow)
        services.publish(by=by, flow_id=flow.id, comment=arguments.comment)
    console.answer(facts(by, flow), as_json=arguments.json)
    return 0


def read(file: Path) -> str:
    """Read the file, or the standard input for ``-``. Raises InputError."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as failure:
        raise InputError("file.unreadable", f"{file} cannot be read: {failure.strerror}.") from failure
    except UnicodeDecodeError as failure:
        raise DecodeError("file.not_utf8", f"{file} is not UTF-8.", place=f"offset {failure.start}") from None


def publish_changes(by: Actor, flow: Flow, comment: str) -> None:
    """Publish, unless the version that runs says the same already: an import can be repeated."""
    try:
        services.publish(by=by, flow_id=flow.id, comment=comment)
    except ConflictError as conflict:
        if conflict.code != "flow.unchanged":
            raise


def export(arguments: argparse.Namespace, by: Actor) -> int:
    flow = flow_named(by, arguments.flow)
    text = write_flow(FlowFile(flow.name, flow.slug, from_json(flow.draft)))
    if arguments.file:
        arguments.file.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def facts(by: Actor, flow: Flow) -> dict[str, object]:
    """Say what a caller needs next: which flow, which version runs, and where documents go."""
    hooks = [hook for hook in queries.hooks(by, flow.id) if hook.enabled]
    version = queries.flow(by, flow.id).current_version
    found: dict[str, object] = {"flow": flow.slug, "id": flow.id}
    if version is not None:
        found["version"] = version.number
    if hooks:
        found["hook"] = f"/in/{hooks[0].token}"
        found["url"] = f"{settings.SEVENM.public_url}/in/{hooks[0].token}"
    return found
