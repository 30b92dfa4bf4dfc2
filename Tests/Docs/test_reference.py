# SPDX-License-Identifier: MIT
"""Each function of the C interface is described whole: what it does, takes and answers.

Doxygen itself refuses members without a description; it does not know that what is said above
several functions is said of each.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from pages import ROOT


def functions(reference: Path) -> Iterator[tuple[etree._Element, etree._Element]]:
    """Each function of session3.h, with the section that it stands in."""
    for header in (ROOT / "include/session3").glob("*.h"):
        name = header.name.replace("_", "__").replace(".", "_8")
        for section in etree.parse(reference / f"{name}.xml").iter("sectiondef"):
            for member in section.findall("memberdef[@kind='function']"):
                yield member, section


def name_of(member: etree._Element) -> str:
    return member.findtext("name") or ""


def parameters_told(described: etree._Element) -> set[str | None]:
    return {each.text for each in described.iter("parametername")}


def tells_its_answer(described: etree._Element | None) -> bool:
    if described is None:
        return False
    told = described.find(".//simplesect[@kind='return']")
    return told is not None and "".join(map(str, told.itertext())).strip() != ""


def test_every_exported_function_is_in_the_reference(reference: Path) -> None:
    exported = {line for line in (ROOT / "abi/symbols.txt").read_text().split() if line}
    assert {name_of(member) for member, _ in functions(reference)} == exported


def test_every_parameter_is_described(reference: Path) -> None:
    missing = {}
    for member, section in functions(reference):
        above = section.find("description")
        told = parameters_told(member) | (set() if above is None else parameters_told(above))
        names = {each.findtext("declname") for each in member.findall("param")} - {None}
        if names - told:
            missing[name_of(member)] = names - told
    assert missing == {}


def test_every_status_is_described(reference: Path) -> None:
    """What answers something else than a status says so in its first sentence."""
    missing = []
    for member, section in functions(reference):
        type_of = member.find("type")
        assert type_of is not None
        if "".join(map(str, type_of.itertext())) != "session3_status":
            continue
        text = " ".join(" ".join(map(str, member.itertext())).split())
        refers = "As session3_" in text
        if not (
            tells_its_answer(member) or tells_its_answer(section.find("description")) or refers
        ):
            missing.append(name_of(member))
    assert missing == []


def test_no_function_is_described_by_its_name_alone(reference: Path) -> None:
    silent = []
    for member, _ in functions(reference):
        brief = member.find("briefdescription")
        text = "" if brief is None else "".join(map(str, brief.itertext())).strip()
        if len(text) < len("True or false."):
            silent.append(name_of(member))
    assert [name for name in silent if not name.startswith("session3_writer_")] == []


# What the example of manager.h takes for granted.
SERVER = """
#include <session3.h>
void send_header(const char *name, const char *value);
void serve(session3_manager *manager, const char *cookie, size_t cookie_length,
           const char *address, size_t address_length);
void serve(session3_manager *manager, const char *cookie, size_t cookie_length,
           const char *address, size_t address_length) {{
  session3_error error = SESSION3_ERROR_INIT;
  session3_request *request;
  session3_session *session;
  const char *header;
{example}
}}
"""


def test_examples_in_the_headers_compile(tmp_path: Path) -> None:
    """Those of session3_easy.h and session3_easy_manager.h are programs that its own tests run."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    compiled = 0
    for header in (ROOT / "include").rglob("*.h"):
        for example in re.findall(r"@code\n(.*?)\n \* @endcode", header.read_text(), re.S):
            text = re.sub(r"^ \* ?", "  ", example, flags=re.M)
            (tmp_path / "example.c").write_text(SERVER.format(example=text))
            command = [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
            done = subprocess.run(
                [*command, "-I", ROOT / "include", tmp_path / "example.c"],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{header}: {done.stderr}"
            compiled += 1
    assert compiled > 0
