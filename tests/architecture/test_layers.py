"""The rules of the house that a machine can check (STYLE sections 1, 6, 9 and 12)."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

from sevenm.configuration_page import PAGE, page

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("integrations/*/__init__.py"))
PURE = {"formats", "mapping", "graph", "canonical", "delivery", "pricing", "schema"}
VAGUE = {"utils", "util", "helpers", "common", "misc", "base", "manager", "managers", "stuff", "handler2"}
REGISTRIES = re.compile(  # in brackets, so that this file names none
    r"registry\.npm[j]s\.org|py[p]i\.org|files\.python[h]osted\.org"
    r"|registry\.yarn[p]kg\.com|proxy\.go[l]ang\.org"
)
MOCKS = re.compile(r"\b(?:unittest\.mock|monkeypatch\.(?:set|del)(?:attr|item)|mocker|MagicMock)\b")


def tracked() -> list[Path]:
    """List the files of the repository, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  the one on PATH
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def sources(*folders: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def containing(paths: list[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_imports_point_down() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_has_its_place_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract.get("containers"))
    placed = {name.strip() for layer in layers for name in layer.split("|")}
    assert placed == {*PACKAGES, "errors"}


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in PURE])
def test_every_package_with_tables_or_pages_is_an_app(package: str) -> None:
    assert apps.get_app_config(package).name == f"integrations.{package}"


@pytest.mark.parametrize("package", sorted(PURE))
def test_pure_packages_are_no_apps(package: str) -> None:
    assert not (ROOT / "integrations" / package / "apps.py").exists()


def test_no_module_has_a_vague_name() -> None:
    vague = [
        path for path in sources("sevenm", "integrations", "tests", "bench", "tools") if path.stem in VAGUE
    ]
    assert vague == []


def test_only_one_module_reads_the_environment() -> None:
    reading = containing(sources("sevenm", "integrations"), re.compile(r"\bos\.(environ|getenv)\b"))
    assert {place.split(":")[0] for place in reading} == {"sevenm/environment.py"}


def test_nobody_names_a_registry_host() -> None:
    """Where packages come from is the business of the machine that installs them."""
    texts = [
        path for path in tracked() if path.stat().st_size < 5 << 20 and path.suffix not in {".png", ".woff2"}
    ]
    texts.remove(Path(__file__))
    assert containing(texts, REGISTRIES) == []


def test_nothing_of_ours_is_mocked() -> None:
    tests = [path for path in sources("tests") if path != Path(__file__)]
    assert containing(tests, MOCKS) == []


def test_the_page_of_settings_is_up_to_date() -> None:
    assert page() == PAGE.read_text()
