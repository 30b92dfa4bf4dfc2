# SPDX-License-Identifier: MIT
"""The proof's two scales, and what it prints and writes at its end."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from places import FORMAT_READER, PACKAGE, SUITE, environment
from proof import METHODS, Proof
from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(PACKAGE), str(FORMAT_READER)]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--scale`, `--method` and `--proof`."""
    group = parser.getgroup("proof")
    group.addoption("--scale", choices=("short", "long"), default="short", help="how much to try")
    group.addoption(
        "--method",
        type=lambda keys: keys.split(","),
        default=list(METHODS),
        metavar="KEY[,KEY]",
        help=f"only these: {', '.join(METHODS)}",
    )
    group.addoption("--proof", type=Path, metavar="FILE", help="write the outcome as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the mark known, and begins the proof."""
    config.addinivalue_line("markers", "method(key): the method of the proof that a test is of")
    config.stash[PROOF] = Proof(config.getoption("--scale"))
    if unknown := set(config.getoption("--method")).difference(METHODS):
        raise pytest.UsageError(f"--method: {', '.join(unknown)} is none of {', '.join(METHODS)}")


PROOF = pytest.StashKey[Proof]()
# What to ask for to have all tests of a method.
WHOLE = (SUITE, *SUITE.parents)
# Options that pass over files without a word.
PASSING_OVER = ("ignore", "ignore_glob", "lf")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file that can't be read may hold tests of any method."""
    report = yield
    if not report.passed:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "it can't be read"
        unread = collector.config.stash[PROOF].unread
        unread[collector.nodeid] = reason.removeprefix("Skipped: ")
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test is of a method. They are counted before some are left out."""
    asked: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        mark = item.get_closest_marker("method")
        if mark is None or mark.args[0] not in METHODS:
            raise pytest.UsageError(f"{item.nodeid}: no method of proof.METHODS")
        config.stash[PROOF].of(mark.args[0]).tests.append(item.nodeid)
        (asked if mark.args[0] in config.getoption("--method") else others).append(item)
    items[:] = asked
    config.hook.pytest_deselected(items=others)
    proof = config.stash[PROOF]
    proof.is_selected = any(config.getoption(option, None) for option in PASSING_OVER) or not any(
        Path(argument).resolve() in WHOLE for argument in config.args
    )
    for method in proof.methods.values():
        method.is_cut = proof.is_selected or bool(proof.unread)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds a test's outcome and figures to its method."""
    report = yield
    mark = item.get_closest_marker("method")
    assert mark is not None
    method = item.config.stash[PROOF].of(mark.args[0])
    method.seconds += report.duration
    if report.failed or hasattr(report, "wasxfail"):
        # A fault that is known is a fault.
        method.note(item.nodeid, "failed")
    elif report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        method.note(item.nodeid, reason.removeprefix("Skipped: "))
    elif report.when == "call":
        method.note(item.nodeid, "passed")
    if report.when == "call":
        for name, value in report.user_properties:
            method.add_figure(name, value)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Prints the table, and writes the file."""
    proof = config.stash[PROOF]
    table = Table(title=f"Proof, {proof.scale} form")
    for heading in ("method", "outcome", "tests", "figures"):
        table.add_column(heading)
    for _, method in proof.in_order():
        table.add_row(method.title, method.status, str(method.passed), method.told_figures())
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120)
    terminalreporter.ensure_newline()
    console.print(table)
    for told in proof.told_not_run():
        console.print(f"not run: {told}", markup=False)
    path = config.getoption("--proof")
    if path is not None:
        for title in proof.write(path):
            console.print(f"{path} keeps its row of {title}: this run had a part of its tests")


@pytest.fixture(scope="session")
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether this is the long form."""
    return bool(request.config.getoption("--scale") == "long")


@pytest.fixture
def seed() -> int:
    """Of what is random in a test; SESSION3_SEED sets it. Moments are as random as the machine."""
    number = int(os.environ.get("SESSION3_SEED") or random.SystemRandom().randrange(1 << 32))
    # For each test anew, so that pytest shows it with each that fails.
    print(f"SESSION3_SEED={number}")
    return number


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a store may be made."""
    return tmp_path / "sessions"


@pytest.fixture
def child_environment() -> dict[str, str]:
    """Of child processes that use the library."""
    return environment()
