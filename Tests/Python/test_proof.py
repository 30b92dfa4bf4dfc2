# SPDX-License-Identifier: MIT
"""The proof's accountant (Tests/Faults), over a made-up suite: what could not run is no pass."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT

ACCOUNTANT = ["conftest.py", "method.py", "places.py", "proof.py"]

HEAD = """
import pytest
pytestmark = pytest.mark.method({method!r})
"""

MODULES = {
    "test_kills.py": (
        "kills",
        """
def test_once(record_property):
    record_property("kills", 1200)
    record_property("lost", 0)
    record_property("of", "writers")

def test_twice(record_property):
    record_property("kills", 34)
""",
    ),
    "test_power.py": (
        "power",
        """
def test_it_runs(record_property):
    record_property("cuts", 5)

@pytest.mark.skip(reason="no loop device")
@pytest.mark.parametrize("file_system", ["ext4", "xfs", "btrfs", "tmpfs"])
def test_marked(file_system):
    pass

def test_it_finds_out():
    pytest.skip("not root")
""",
    ),
    "test_torn.py": (
        "torn",
        """
@pytest.fixture
def device():
    pytest.skip("no loop device")

def test_without_a_device(device):
    pass
""",
    ),
    "test_full.py": (
        "full",
        """
def test_good():
    pass

def test_bad():
    assert False

@pytest.mark.skip(reason="no loop device")
def test_marked():
    pass
""",
    ),
    "test_limits.py": (
        "limits",
        """
@pytest.fixture
def broken():
    raise OSError

def test_set_up(broken):
    pass

@pytest.fixture
def gone():
    yield
    pytest.skip("nothing left to take down")

def test_bad(gone):
    assert False
""",
    ),
    "test_corrupt.py": (
        "corrupt",
        """
@pytest.fixture
def left_open():
    yield
    raise OSError

def test_tear_down(left_open, record_property):
    record_property("bytes", 7)
""",
    ),
    "test_fuzz.py": (
        "fuzz",
        """
@pytest.mark.xfail(reason="known")
def test_known():
    assert False
""",
    ),
    "test_clocks.py": (
        "clocks",
        """
def test_known():
    pytest.xfail("known")
""",
    ),
}


@dataclass
class Run:
    """What a run of the suite came to."""

    code: int
    printed: str
    methods: dict[str, Any]
    """Those of the file, if one was asked for."""

    @property
    def rows(self) -> dict[str, list[str]]:
        """The table: outcome, tests and figures, by a method's title."""
        lines = [line for line in self.printed.splitlines() if line.startswith("│")]
        rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]
        return {title: rest for title, *rest in rows}

    @property
    def not_run(self) -> list[str]:
        """What was printed of tests that did not run, without line ends."""
        _, *told = " ".join(self.printed.partition("└")[2].split()).split("not run: ")
        return [line.partition(" ====")[0].strip() for line in told]


class Suite:
    """A folder with the accountant and made-up tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repository" / "Tests" / "Faults"
        self.folder.mkdir(parents=True)
        self.proof = folder / "proof.json"
        for name in ACCOUNTANT:
            shutil.copy(ROOT / "Tests" / "Faults" / name, self.folder)

    def add(self, name: str, method: str, tests: str) -> None:
        """Adds a module, whose tests are of a method."""
        (self.folder / name).write_text(HEAD.format(method=method) + tests)

    def run(self, *arguments: str) -> Run:
        """Runs it in a process of its own, which writes the file."""
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir=."]
        own = {
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONIOENCODING": "utf-8",
        }
        done = subprocess.run(
            [*command, f"--proof={self.proof}", *arguments],
            cwd=self.folder,
            env={**os.environ, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
        )
        found = json.loads(self.proof.read_text())["methods"] if self.proof.exists() else {}
        return Run(done.returncode, done.stdout, found)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """A suite without tests."""
    return Suite(tmp_path)


@pytest.fixture
def kills(suite: Suite) -> Suite:
    """A suite of one method in two files."""
    suite.add("test_kills.py", *MODULES["test_kills.py"])
    suite.add("test_more.py", "kills", "def test_thrice():\n    pass\n")
    return suite


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of everything, each method with an outcome of its own."""
    suite = Suite(tmp_path_factory.mktemp("whole"))
    for name, (method, tests) in MODULES.items():
        suite.add(name, method, tests)
    return suite.run()


def named(module: str, *tests: str) -> list[str]:
    """The names of tests of a module."""
    return [f"{module}::{test}" for test in tests]


# Method: status, passed, failed.
OUTCOMES = {
    "kills": ("passed", 2, 0),
    "power": ("in part", 1, 0),
    "torn": ("not run", 0, 0),
    "full": ("failed", 1, 1),
    "limits": ("failed", 0, 2),
    "corrupt": ("failed", 0, 1),
    "fuzz": ("failed", 0, 1),
    "clocks": ("failed", 0, 1),
}


@pytest.mark.parametrize("key", OUTCOMES)
def test_each_outcome_counts_as_what_it_is(key: str, whole: Run) -> None:
    method = whole.methods[key]
    assert (method["status"], method["passed"], method["failed"]) == OUTCOMES[key]
    assert not method["is_cut"]
    assert whole.rows[method["title"]][:2] == [method["status"], str(method["passed"])]


def test_a_run_of_everything_has_each_method_and_its_scale(whole: Run) -> None:
    assert list(whole.methods) == list(OUTCOMES)
    assert len(whole.rows) == len(OUTCOMES)
    assert {method["run"]["scale"] for method in whole.methods.values()} == {"short"}
    assert whole.code == pytest.ExitCode.TESTS_FAILED


def test_numbers_of_one_name_are_added_up(whole: Run) -> None:
    assert whole.methods["kills"]["figures"] == {"kills": 1234, "lost": 0, "of": "writers"}
    assert whole.rows["Killed processes"][2] == "1,234 kills, 0 lost, of: writers"
    assert whole.methods["power"]["figures"] == {"cuts": 5}
    assert whole.methods["torn"]["figures"] == {}


def test_what_did_not_run_is_grouped_by_its_reason(whole: Run) -> None:
    marked = named("test_power.py", *[f"test_marked[{each}]" for each in ("ext4", "xfs", "btrfs")])
    assert whole.methods["power"]["not_run"] == [
        {"reason": "no loop device", "tests": 4, "names": marked},
        {"reason": "not root", "tests": 1, "names": named("test_power.py", "test_it_finds_out")},
    ]
    torn = named("test_torn.py", "test_without_a_device")
    assert whole.methods["torn"]["not_run"] == [
        {"reason": "no loop device", "tests": 1, "names": torn}
    ]
    groups = {key: len(method["not_run"]) for key, method in whole.methods.items()}
    assert groups == {**dict.fromkeys(OUTCOMES, 0), "power": 2, "torn": 1, "full": 1}
    assert whole.not_run == [
        "6 tests of Power cuts, Torn sectors, Full disk and inodes: no loop device",
        "1 test of Power cuts: not root",
    ]


PART = "what else there is: only some files or names of tests were asked for"
LEFT_OUT = "not selected, or not reached"


@pytest.mark.parametrize("option", ["-knot twice", "--deselect=test_kills.py::test_twice"])
def test_a_test_that_was_left_out_did_not_run(option: str, kills: Suite) -> None:
    run = kills.run(option)
    method = run.methods["kills"]
    assert (method["status"], method["passed"], method["is_cut"]) == ("in part", 2, False)
    names = named("test_kills.py", "test_twice")
    assert method["not_run"] == [{"reason": LEFT_OUT, "tests": 1, "names": names}]
    assert run.not_run == [f"1 test of Killed processes: {LEFT_OUT}"]


def test_a_test_that_was_not_reached_did_not_run(kills: Suite) -> None:
    kills.add("test_a.py", "kills", "def test_bad():\n    assert False\n")
    run = kills.run("--exitfirst")
    method = run.methods["kills"]
    assert (method["status"], method["passed"], method["failed"]) == ("failed", 0, 1)
    assert [group["tests"] for group in method["not_run"]] == [3]
    assert run.not_run == [f"3 tests of Killed processes: {LEFT_OUT}"]


def test_a_run_of_one_file_is_a_part(kills: Suite) -> None:
    run = kills.run("test_kills.py")
    method = run.methods["kills"]
    assert (method["status"], method["passed"], method["is_cut"]) == ("in part", 2, True)
    assert method["not_run"] == []
    assert run.rows["Killed processes"][0] == "in part"
    assert run.not_run == [PART]


@pytest.mark.parametrize("ignoring", ["--ignore=test_more.py", "--ignore-glob=*more*"])
def test_a_run_without_a_file_is_a_part(ignoring: str, kills: Suite) -> None:
    method = kills.run(ignoring).methods["kills"]
    assert (method["status"], method["passed"], method["is_cut"]) == ("in part", 2, True)


def test_a_run_of_what_failed_last_is_a_part(kills: Suite) -> None:
    kills.add("test_more.py", "kills", "def test_thrice():\n    assert False\n")
    assert kills.run("-p", "cacheprovider").methods["kills"]["failed"] == 1
    kills.add("test_more.py", "kills", "def test_thrice():\n    pass\n")
    kills.proof.unlink()
    method = kills.run("-p", "cacheprovider", "--last-failed").methods["kills"]
    assert (method["status"], method["passed"], method["is_cut"]) == ("in part", 1, True)


def test_a_file_that_could_not_be_read_is_not_run(kills: Suite) -> None:
    skip = "pytest.skip('no peer', allow_module_level=True)\n"
    kills.add("test_more.py", "kills", skip + "def test_thrice():\n    pass\n")
    run = kills.run()
    method = run.methods["kills"]
    assert (method["status"], method["passed"], method["is_cut"]) == ("in part", 2, True)
    assert run.not_run == ["all of test_more.py: no peer"]


def test_a_file_that_fails_to_be_read_is_not_run(kills: Suite) -> None:
    (kills.folder / "test_more.py").write_text("import nothing_of_this_name\n")
    run = kills.run("--continue-on-collection-errors")
    assert run.methods["kills"]["status"] == "in part"
    assert run.not_run[0] == "all of test_more.py: it can't be read"
    kills.proof.unlink()
    run = kills.run()
    assert (run.methods, run.rows) == ({}, {})
    assert run.code == pytest.ExitCode.INTERRUPTED


def test_other_methods_than_were_asked_for_have_no_row(kills: Suite) -> None:
    kills.add("test_power.py", *MODULES["test_power.py"])
    run = kills.run("--method=kills")
    assert list(run.methods) == ["kills"]
    assert [*run.rows] == ["Killed processes"]
    assert (run.methods["kills"]["status"], run.methods["kills"]["passed"]) == ("passed", 3)
    assert "6 deselected" in run.printed


def test_the_file_keeps_its_row_of_what_ran_in_part(kills: Suite) -> None:
    kills.add("test_power.py", *MODULES["test_power.py"])
    before = kills.run().methods
    assert before["kills"]["passed"] == 3
    for part in (["test_kills.py"], ["-k", "once"], ["--method=power"]):
        run = kills.run("--scale=long", *part)
        assert run.methods["kills"] == before["kills"], part
        assert ("keeps its row of Killed processes" in " ".join(run.printed.split())) == (
            part != ["--method=power"]
        )
    # What ran whole is new.
    assert run.methods["power"]["run"]["scale"] == "long"
    # A failure is news, wherever it came from.
    kills.add("test_kills.py", "kills", "def test_bad():\n    assert False\n")
    assert kills.run("test_kills.py").methods["kills"]["status"] == "failed"


def test_the_file_may_be_in_a_folder_that_is_not_there_yet(kills: Suite) -> None:
    kills.proof = kills.proof.parent / "new" / "folder" / "proof.json"
    run = kills.run()
    assert run.code == pytest.ExitCode.OK
    assert run.methods["kills"]["status"] == "passed"


def test_an_unknown_method_is_a_usage_error(kills: Suite) -> None:
    run = kills.run("--method=kills,none")
    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "--method: none is none of " in run.printed
    assert run.methods == {}


@pytest.mark.parametrize("mark", ["", "pytestmark = pytest.mark.method('none')\n"])
def test_a_test_without_a_method_is_a_usage_error(mark: str, kills: Suite) -> None:
    module = f"import pytest\n{mark}def test_it():\n    pass\n"
    (kills.folder / "test_other.py").write_text(module)
    run = kills.run()
    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "test_other.py::test_it: no method of proof.METHODS" in run.printed
    assert run.rows == {}
