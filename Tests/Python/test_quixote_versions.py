# SPDX-License-Identifier: MIT
"""What the tests of the session manager say of the Quixote in build/venv is so of 3.0, too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import quixote  # type: ignore[import-untyped]
from quixote_packages import quixote_3_0, with_first

HERE = Path(__file__).resolve().parent
IN_PROCESS = [
    "test_cookies.py",
    "test_manager.py",
    "test_manager_hooks.py",
    "test_manager_information.py",
    "test_manager_races.py",
    "test_manager_stores.py",
    "test_policy.py",
    "test_quixote_base_manager.py",
    "test_quixote_errors.py",
]


def test_this_process_has_a_later_quixote() -> None:
    assert quixote.__version__ != "3.0"


def test_every_test_that_runs_a_publisher_in_its_process_is_listed() -> None:
    using = {
        path.name
        for path in HERE.glob("test_*.py")
        if re.search("^from quixote_site import", path.read_text(), re.MULTILINE)
    }
    assert using == set(IN_PROCESS)


@pytest.mark.parametrize("name", IN_PROCESS)
def test_it_is_so_of_quixote_3_0(name: str) -> None:
    check = "import quixote, sys; assert quixote.__version__ == '3.0'; import pytest; "
    check += "sys.exit(pytest.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", check, "-q", "-p", "no:cacheprovider", str(HERE / name)],
        env=with_first(quixote_3_0()),
        cwd=os.fspath(HERE),
        capture_output=True,
        text=True,
        check=False,
    )
    # 5: all of them need what 3.0 has not.
    expected = 5 if name == "test_quixote_base_manager.py" else 0
    assert done.returncode in (0, expected), done.stdout
