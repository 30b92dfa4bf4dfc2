# SPDX-License-Identifier: MIT
"""Users' programs on the installed package: they run, and mypy tells right uses from wrong ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from environments import Environment
from places import PROGRAMS, ROOT, VENV, attempt, links_to

ORDERS = PROGRAMS / "orders.py"
README = ROOT / "examples" / "readme"

# A slip that mypy must see, beside the line that it stands for.
SLIPS = {
    "an argument": (
        'name: str, count: int) -> int:\n    """',
        'name: str, count: str) -> int:\n    """',
    ),
    "a result": ("-> int:", "-> str:"),
    "a policy": ("idle_timeout=1800", 'idle_timeout="1800"'),
    "an option": ("create=True,", "creates=True,"),
    "a class": ("session_class=Customer", "session_class=int"),
    "an attribute": ("counted.gone", "counted.lost"),
    "an error": ("GoneError, Session3Error", "GoneError, Session3Mistake, Session3Error"),
}

# The same for the programs of the README that have a framework.
ADAPTERS = {
    "flask_visits.py": ("idle_timeout=30 * 60", 'idle_timeout="30"'),
    "starlette_visits.py": ("store=store, policy=policy", "store=policy, policy=policy"),
    "wsgi_visits.py": ("(visit, store, policy)", "(visit, policy, store)"),
}


@pytest.fixture(scope="module")
def frameworks(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """A virtual environment with the wheel, and the frameworks that the other tests have."""
    place = tmp_path_factory.mktemp("frameworks")
    environment = Environment.make(place / "venv", links_to(place / "bin"))
    pins = ROOT / "scripts" / "requirements.txt"
    environment.pip("install", "--constraint", pins, f"{wheel}[flask,asgi]", "starlette")
    return environment


def mypy(fresh: Environment, program: Path) -> subprocess.CompletedProcess[str]:
    """mypy --strict, which knows of this repository nothing but the installed package."""
    settings = ("--config-file=", "--cache-dir", fresh.place / "mypy")
    return attempt(
        *(VENV / "mypy", "--strict", *settings, "--python-executable", fresh.python, program),
        environment={"PATH": "/usr/bin:/bin"},
        cwd=program.parent,
    )


def test_it_runs(fresh: Environment, tmp_path: Path) -> None:
    said = fresh.run(ORDERS, tmp_path / "sessions").splitlines()
    assert said == ["1 False ConflictError UnstorableError GoneError", "True 1 (0, 1)"]


def test_mypy_has_nothing_to_say(fresh: Environment, tmp_path: Path) -> None:
    program = tmp_path / "orders.py"
    program.write_text(ORDERS.read_text())
    checked = mypy(fresh, program)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("Success: no issues found in 1 source file")


@pytest.mark.parametrize("slip", SLIPS)
def test_mypy_sees_a_slip(fresh: Environment, tmp_path: Path, slip: str) -> None:
    right, wrong = SLIPS[slip]
    text = ORDERS.read_text()
    assert text.count(right) >= 1
    program = tmp_path / "orders.py"
    program.write_text(text.replace(right, wrong, 1))
    checked = mypy(fresh, program)
    assert checked.returncode == 1, checked.stdout
    assert "orders.py:" in checked.stdout
    assert "import-not-found" not in checked.stdout


@pytest.mark.parametrize("name", ADAPTERS)
def test_mypy_has_nothing_to_say_of_a_program_with_a_framework(
    frameworks: Environment, tmp_path: Path, name: str
) -> None:
    program = tmp_path / name
    program.write_text((README / name).read_text())
    checked = mypy(frameworks, program)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("Success: no issues found in 1 source file")


@pytest.mark.parametrize("name", ADAPTERS)
def test_mypy_sees_a_slip_in_a_program_with_a_framework(
    frameworks: Environment, tmp_path: Path, name: str
) -> None:
    right, wrong = ADAPTERS[name]
    text = (README / name).read_text()
    assert text.count(right) == 1
    program = tmp_path / name
    program.write_text(text.replace(right, wrong))
    checked = mypy(frameworks, program)
    assert checked.returncode == 1, checked.stdout
    assert f"{name}:" in checked.stdout
    assert "import-not-found" not in checked.stdout


def test_mypy_learns_the_types_from_the_package(fresh: Environment, tmp_path: Path) -> None:
    program = tmp_path / "orders.py"
    program.write_text(ORDERS.read_text())
    mark = fresh.package / "py.typed"
    mark.rename(mark.with_suffix(".hidden"))
    try:
        assert "import-untyped" in mypy(fresh, program).stdout
    finally:
        mark.with_suffix(".hidden").rename(mark)
