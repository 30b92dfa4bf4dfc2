# SPDX-License-Identifier: MIT
"""SECURITY.md names tests that exist, and leaves out no requirement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from places import ROOT
from proof import RecordProperty

pytestmark = pytest.mark.method("security")

# How many requirements each section of ASVS 5.0's chapter V7 has.
ASVS = {1: 3, 2: 4, 3: 2, 4: 5, 5: 3, 6: 2}
# What the recommendations of the cheat sheet are about, in the order of its sections.
CHEAT_SHEET = (
    *("name tells nothing", "of 128 bits", "64 bits of entropy", "means nothing", "is guarded"),
    *("Only cookies", "framework's", "TLS for", "Secure", "HttpOnly", "SameSite", "Domain"),
    *("ends with the browser", "localStorage", "Web workers"),
    *("Only ids that the server made", "any other input"),
    *("any change of rights", "Of several cookies", "session's end", "idle timeout"),
    *("absolute timeout", "from time to time", "button to log out", "not cached", "Scripts"),
    *("Guessing", "Anomalies", "bound to address", "is logged", "Whether a user", "firewall"),
)
# How a test of a name is defined in each language.
DEFINITIONS = {
    ".py": r"^def {}\(",
    ".swift": r"\bfunc {}\(",
    ".c": r"^static void {}\(void \*\*state\)",
}


def text() -> str:
    return (ROOT / "SECURITY.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = text().split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def named(document: str) -> list[tuple[str, str]]:
    """Files of tests that a document names, and tests in them; no name stands for all of a file."""
    found = re.findall(r"`(Tests/[^`:]+)(?:::([^`]+))?`", document)
    return [(path, name) for path, name in found if not path.endswith(".h")]


def missing(path: Path, name: str) -> str | None:
    """What is wrong with a name."""
    if not path.is_file():
        return f"there is no file {path}"
    source = path.read_text()
    if name and not re.search(DEFINITIONS[path.suffix].format(re.escape(name)), source, re.M):
        return f"{path} has no test {name}"
    # A test of C that is defined runs if it is in the list of main.
    if name and path.suffix == ".c" and not re.search(rf"\({name}[,)]", source):
        return f"{path} does not run {name}"
    return None


def test_every_test_that_is_named_exists(record_property: RecordProperty) -> None:
    names = named(text())
    assert len(names) > 100
    assert [fault for path, name in names if (fault := missing(ROOT / path, name))] == []
    record_property("tests named in SECURITY.md", len(set(names)))


def test_all_requirements_of_asvs_v7_have_a_row() -> None:
    expected = [f"V7.{section}.{n}" for section, most in ASVS.items() for n in range(1, most + 1)]
    assert len(expected) == 19
    assert [row[0].split()[0] for row in rows("ASVS 5.0, chapter V7")] == expected


def test_all_sections_of_the_cheat_sheet_have_a_row() -> None:
    recommended = iter(row[0] for row in rows("OWASP Session Management Cheat Sheet"))
    for words in CHEAT_SHEET:
        # Takes rows away until one is of the words, and so those that come after it.
        assert any(words in row for row in recommended), words


@pytest.mark.parametrize(
    ("heading", "least"),
    [("ASVS 5.0, chapter V7", 19), ("OWASP Session Management Cheat Sheet", 30)],
)
def test_every_row_names_a_test_or_the_hosts_duty(heading: str, least: int) -> None:
    found = rows(heading)
    assert len(found) >= least
    for requirement, library, shown in found:
        assert named(shown) or "host's duty" in library, requirement
        # Where it is the host's alone, how the library helps is said.
        assert library != "host's duty", requirement


def test_every_guarantee_names_a_test() -> None:
    found = rows("What the library guarantees")
    assert len(found) > 15
    for guarantee, shown in found:
        assert named(shown), guarantee


@pytest.mark.parametrize(
    "document",
    [
        "`Tests/ABI/test_nothing.c::nothing`",
        "`Tests/ABI/test_request.c::no_such_test`",
        "`Tests/Faults/Security/test_security_table.py::test_no_such`",
        "`Tests/Session3Tests/Manager/LoginTests.swift::testNoSuch`",
        "`Tests/ABI/test_log.c::open_with`",
    ],
)
def test_a_name_of_no_test_is_found_out(document: str) -> None:
    [(path, name)] = named(document)
    assert missing(ROOT / path, name)
