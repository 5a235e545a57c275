"""The commands that work inside the product, on a real database."""

import argparse
import contextlib
import importlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from integrations.billing.queries import allowance
from integrations.delivery.states import State
from integrations.engine.models import Replay, Run
from integrations.errors import AccessError, ConfigError, FlowError, InputError
from integrations.flows.models import Flow
from integrations.tenants.access import SCOPES
from integrations.tenants.queries import api_key_actor
from integrations.vault.services import api_key_peppers
from sevenm import cli
from sevenm.config import PROJECT
from tests import factories
from tests.desk import rows
from tests.stack import product_environ

pytestmark = pytest.mark.django_db
FILE = """\
name: Orders
slug: orders
steps:
  - {key: order, kind: webhook_trigger, next: book}
  - key: book
    kind: http
    config: {url: "https://books.example/orders", value: [get, order, body], mode: at_least_once}
"""


@pytest.fixture(autouse=True)
def _shipped_plans(db):
    factories.shipped_plans()


@pytest.fixture
def shop():
    return factories.tenant()


@pytest.fixture
def sevenm(capsys):
    """Run a command as the terminal does; give its exit code and what it printed."""

    def run(name: str, *words: str | Path) -> tuple[int, str]:
        command: Any = importlib.import_module(f"sevenm.commands.{name}")
        parser = argparse.ArgumentParser()
        command.arguments(parser)
        code = command.run(parser.parse_args([str(word) for word in words]))
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "orders.yaml"
    path.write_text(FILE)
    return path


def test_a_new_tenant_has_an_owner_and_a_key_with_every_scope(sevenm) -> None:
    code, said = sevenm("tenant", "create", "Siam Leather", "--email", "malee@siam.example", "--json")
    made = json.loads(said)
    by = api_key_actor(made["api_key"], peppers=api_key_peppers())
    assert (code, made["email"], str(by.tenant_id), by.scopes) == (
        0,
        "malee@siam.example",
        made["id"],
        SCOPES,
    )


@pytest.mark.parametrize(("words", "limit"), [([], None), (["--plan", "free"], 500)])
def test_a_tenant_of_the_command_line_has_no_limit_unless_asked_for(sevenm, words, limit) -> None:
    _, said = sevenm("tenant", "create", "Siam Leather", *words, "--json")
    assert allowance(UUID(json.loads(said)["id"])).limit == limit


def test_a_tenant_can_have_another_plan(sevenm, shop) -> None:
    _, said = sevenm("tenant", "plan", "pay_as_you_go", "--tenant", shop.slug, "--json")
    assert json.loads(said)["plan"] == allowance(shop.id).plan == "pay_as_you_go"


def test_another_key_has_only_the_scopes_asked_for(sevenm, shop) -> None:
    _, said = sevenm(
        "tenant", "key", "reader", "--tenant", shop.slug, "--scopes", "run.view,flow.view", "--json"
    )
    by = api_key_actor(json.loads(said)["api_key"], peppers=api_key_peppers())
    assert by.scopes == {"run.view", "flow.view"}


def test_importing_and_publishing_prints_the_address(sevenm, shop, file) -> None:
    code, said = sevenm("flow", "import", file, "--publish", "--json", "--tenant", shop.slug)
    told = json.loads(said)
    assert (code, told["flow"], told["version"]) == (0, "orders", 1)
    assert told["hook"].startswith("/in/")
    assert told["url"].endswith(told["hook"])


def test_the_same_import_twice_publishes_once(sevenm, shop, file) -> None:
    once = sevenm("flow", "import", file, "--publish", "--json")
    assert sevenm("flow", "import", file, "--publish", "--json") == once
    assert Flow.objects.get(slug="orders").versions.count() == 1


def test_an_import_without_publishing_runs_nothing(sevenm, shop, file) -> None:
    _, said = sevenm("flow", "import", file, "--json")
    assert "version" not in json.loads(said)
    assert not Flow.objects.get(slug="orders").enabled


def test_an_export_can_be_imported(sevenm, shop, file, tmp_path) -> None:
    sevenm("flow", "import", file)
    before = Flow.objects.get(slug="orders").draft
    out = tmp_path / "out.yaml"
    sevenm("flow", "export", "orders", "--file", out)
    _, shown = sevenm("flow", "export", "orders")
    assert shown == out.read_text()
    sevenm("flow", "import", out)
    flow = Flow.objects.get(slug="orders")
    assert (flow.draft, flow.draft_revision) == (before, 1)


def test_publishing_names_every_problem(sevenm, shop, tmp_path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: Bad\nslug: bad\nsteps:\n  - {key: a, kind: http, config: {url: nowhere}}\n")
    sevenm("flow", "import", bad)
    with pytest.raises(FlowError) as refused:
        sevenm("flow", "publish", "bad")
    assert refused.value.code == "flow.not_valid"
    assert len(refused.value.problems) > 1


def test_a_file_that_is_not_there_is_said_so(sevenm, shop, tmp_path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        sevenm("flow", "import", tmp_path / "none.yaml")


def test_an_unknown_flow_is_not_found(sevenm, shop) -> None:
    with pytest.raises(AccessError):
        sevenm("flow", "export", "none")


def test_one_of_several_tenants_must_be_named(sevenm, shop) -> None:
    other = factories.tenant("Andean Wool")
    with pytest.raises(ConfigError) as refused:
        sevenm("flow", "export", "orders")
    assert shop.slug in refused.value.hint
    assert other.slug in refused.value.hint


def test_a_dry_replay_only_counts(sevenm, shop) -> None:
    flow = rows.flow(shop.pk)
    rows.run(flow)
    rows.run(flow, State.SUCCEEDED)
    code, said = sevenm("replay", "--flow", "Orders", "--dry-run", "--json")
    assert (code, json.loads(said)["ready"]) == (0, 1)
    assert not Replay.objects.exists()


def test_a_replay_is_ordered_with_its_filter(sevenm, shop) -> None:
    flow = rows.flow(shop.pk)
    run = rows.run(flow)
    _, said = sevenm(
        "replay", "--id", str(run.id), "--pace", "50", "--current-version", "--no-wait", "--json"
    )
    made = Replay.objects.get(id=json.loads(said)["replay"])
    assert (made.chosen, made.pace_per_s, made.current_version) == ({"ids": [str(run.id)]}, 50, True)


def test_a_followed_replay_ends_with_its_runs(sevenm, shop) -> None:
    flow = rows.flow(shop.pk)
    run = rows.run(flow)
    _, said = sevenm("replay", "--all", "--no-wait", "--json")
    order = json.loads(said)["replay"]
    Run.objects.filter(id=run.id).update(state=State.SUCCEEDED, replay_id=order)
    Replay.objects.filter(id=order).update(state="done", released=1)
    by = importlib.import_module("sevenm.console").actor(shop.slug)
    follow = importlib.import_module("sevenm.commands.replay")
    progress = follow.follow(by, follow.queries.replay(by, order), shown=False)
    assert (progress.succeeded, progress.is_over) == (1, True)


def test_a_replay_of_everything_must_be_said(sevenm, shop) -> None:
    rows.run(rows.flow(shop.pk))
    assert sevenm("replay")[0] == 2
    assert not Replay.objects.exists()


def test_tenant_keys_are_renewed_and_values_stay_readable(sevenm, shop) -> None:
    flow = rows.flow(shop.pk)
    rows.document(rows.run(flow))
    code, said = sevenm("keys", "rotate", "--tenant", shop.slug, "--purpose", "data")
    assert code == 0
    assert f"{shop.slug} data: version 2" in said


def test_before_the_first_start_a_command_says_what_to_do(tmp_path, capsys) -> None:
    environ = product_environ(tmp_path / "none")
    done = subprocess.run(
        [sys.executable, "-m", "sevenm", "flow", "export", "x"],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "sevenm up" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "DATABASE_URL is not set"),
        (
            {f"DATABASE_URL{role}": "postgresql://u:p@127.0.0.1:1/x" for role in ("", "_WEB", "_ENGINE")},
            "REDIS_URL is not set",
        ),
    ],
)
def test_a_process_without_servers_says_what_to_set(tmp_path, name, settings, missing) -> None:
    done = subprocess.run(  # noqa: S603  the product itself
        [sys.executable, "-m", "sevenm", name],
        cwd=PROJECT,
        env={**product_environ(tmp_path / "none"), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, missing in done.stderr, "Traceback" in done.stderr) == (1, True, False)


def test_every_command_has_a_module(capsys) -> None:
    for name in cli.COMMANDS:
        module: Any = importlib.import_module(f"sevenm.commands.{name}")
        assert callable(module.arguments)
        assert callable(module.run)


def test_the_reference_names_every_command_and_option() -> None:
    page = (PROJECT / "docs" / "reference" / "command-line.md").read_text()
    missing = []
    for name in cli.COMMANDS:
        module: Any = importlib.import_module(f"sevenm.commands.{name}")
        parser = argparse.ArgumentParser(add_help=False)
        module.arguments(parser)
        missing += [option for option in options_of(parser) if f"`{option}" not in page]
        missing += [] if name in page else [name]
    assert missing == []


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Read the options off the help of a command and of its actions."""
    text = parser.format_help()
    actions = re.search(r"\{([a-z,-]+)\}", text)
    for action in actions[1].split(",") if actions else ():
        with pytest.raises(SystemExit), contextlib.redirect_stdout(io.StringIO()) as said:
            parser.parse_args([action, "--help"])
        text += said.getvalue()
    return set(re.findall(r"--[a-z][a-z-]+", text)) - {"--help"}
