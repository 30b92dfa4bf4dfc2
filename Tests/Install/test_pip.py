# SPDX-License-Identifier: MIT
"""What pip does with the package: from the repository, with extras, and back."""

from __future__ import annotations

import ast
import os
import re
import shlex
from pathlib import Path

import pytest
from environments import Environment
from guide import GUIDE, command
from places import BINDING, ROOT, attempt, links_to, run

EXTRAS = {
    "quixote": "Quixote",
    "flask": "Flask",
    "django": "Django",
    "asgi": "anyio",
    "migrate": "rich",
}
# As pyproject.toml has them: a name, and a requirement of each distribution.
DESCRIBED = re.compile(
    r"^\[project\.optional-dependencies\]\n((?:\w+ = \[.*\]\n)+)\n", re.MULTILINE
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A virtual environment with nothing in it."""
    place = tmp_path_factory.mktemp("empty")
    return Environment.make(place / "venv", links_to(place / "bin"))


def test_pip_installs_from_the_repository_where_swift_is_and_removes(
    empty: Environment, tmp_path: Path
) -> None:
    builder = Environment(empty.place, Path(os.environ["PATH"]))
    # Optimized for size, as that compiles in half the time.
    option = "cmake.define.SESSION3_SWIFT_OPTIMIZATION=-Osize"
    _, install, source = shlex.split(command("pip install ./"))
    builder.pip(install, ROOT / source, "--config-settings", option)
    package = empty.package
    code = "from session3.store.DirectorySessionStore import DirectorySessionStore as Store\n"
    code += f"Store({str(tmp_path / 'sessions')!r}, create=True).close()\n"
    code += "from session3._ffi import lib\nprint(lib._name)\n"
    assert empty.run("-c", code).strip() == str(package / "libsession3.so.0")
    empty.pip(*shlex.split(command("pip uninstall "))[1:], "--yes")
    assert not package.exists()
    assert not list(package.parent.glob("*libsession3*"))


def test_these_are_all_extras_of_the_package_and_of_the_guide() -> None:
    described = DESCRIBED.search((BINDING / "pyproject.toml").read_text())
    assert described
    pairs = (line.split(" = ", 1) for line in described[1].splitlines())
    required = {name: ast.literal_eval(requirements) for name, requirements in pairs}
    names = {
        name: [re.split("[<>=!~ ]", requirement)[0] for requirement in requirements]
        for name, requirements in required.items()
    }
    assert names == {name: [distribution] for name, distribution in EXTRAS.items()}
    _, table = GUIDE.split("| extra | brings |\n|---|---|\n")
    rows = re.findall(r"\| `(\w+)` \| (\w+)", table.partition("\n\n")[0])
    assert dict(rows) == EXTRAS


def test_each_extra_asks_for_its_framework(empty: Environment, wheel: Path) -> None:
    told = empty.pip("install", "--dry-run", f"{wheel}[{','.join(EXTRAS)}]")
    [would] = [line for line in told.splitlines() if line.startswith("Would install")]
    for distribution in EXTRAS.values():
        assert f" {distribution}-" in would
    alone = empty.pip("install", "--dry-run", wheel)
    assert not any(f" {distribution}-" in alone for distribution in EXTRAS.values())


def test_an_extra_that_is_none_is_told(empty: Environment, wheel: Path) -> None:
    told = empty.pip("install", "--dry-run", f"{wheel}[bottle]")
    assert "does not provide the extra 'bottle'" in told


def test_a_package_of_another_version_than_its_library_is_not_built(tmp_path: Path) -> None:
    asked = ("cmake", "-S", BINDING, "-B", tmp_path, "-G", "Ninja")
    refused = attempt(*asked, "-DSKBUILD_PROJECT_VERSION=9.9.9")
    assert refused.returncode != 0
    assert "the package's 9.9.9" in refused.stdout
    version = run(
        "sed", "-n", 's/^__version__ = "\\(.*\\)"/\\1/p', BINDING / "session3/__init__.py"
    )
    run(*asked, f"-DSKBUILD_PROJECT_VERSION={version.strip()}")
