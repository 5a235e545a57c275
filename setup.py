"""Puts what the pages are made of into a wheel, for `sevenm.config.PAGES`; the rest is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PARTS = ("templates", "staticfiles", "static/dist/build/manifest.json")


class BuildWithPages(build_py):
    """Builds as always, and refuses to build a package without pages."""

    def run(self) -> None:
        super().run()
        for part in PARTS:
            source, target = Path(part), Path(self.build_lib, "sevenm", "pages", part)
            if not source.exists():
                raise SystemExit(f"{part} is missing: run `make front` first")
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)


setup(cmdclass={"build_py": BuildWithPages})
