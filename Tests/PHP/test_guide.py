# SPDX-License-Identifier: MIT
"""What docs/binding-guide.md and bindings/php/README.md show is what there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
from pages import blocks_of, programs_of
from php import DECLARATIONS, HANDLER, LIBRARY, PROGRAM, ROOT, Php, need_opcache
from session3.store.DirectorySessionStore import DirectorySessionStore

GUIDE = ROOT / "docs" / "binding-guide.md"
README = ROOT / "bindings" / "php" / "README.md"
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)

# What each program of the guide prints.
OUTPUTS = {"handles": "2 items in 3 bytes\n", "bytes": "saved 2 times, as it is\n"}


@pytest.mark.parametrize("page", [GUIDE, README], ids=lambda page: page.name)
def test_what_a_page_quotes_stands_in_the_file_that_it_names(page: Path) -> None:
    examples = EXAMPLE.findall(page.read_text())
    assert examples
    for name, text in examples:
        assert text in (ROOT / name).read_text(), f"{name}: {text}"


def test_each_program_of_the_guide_is_run() -> None:
    assert [name for name, _ in programs_of(GUIDE)] == list(OUTPUTS)


@pytest.mark.parametrize(("name", "text"), programs_of(GUIDE))
def test_the_c_programs_of_the_guide_do_what_they_say(name: str, text: str, tmp_path: Path) -> None:
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(text)
    strict = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{ROOT / 'include'}"]
    command = [os.environ.get("CC", "cc"), *strict, "-o", str(program), str(source), LIBRARY]
    subprocess.run([*command, f"-Wl,-rpath,{ROOT / 'build'}"], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=True)
    assert done.stdout == OUTPUTS[name]


def test_the_settings_of_the_page_preload_the_handler(tmp_path: Path) -> None:
    need_opcache()
    place, settings = tmp_path / "session3", tmp_path / "php.ini"
    [text] = [block.text for block in blocks_of(README) if block.mark == ("run", "preload")]
    text = text.replace("/usr/share/session3", str(place))
    if os.geteuid() == 0:
        # Others may not read a folder of pytest's.
        text = text.replace("www-data", "root")
    settings.write_text(text + "opcache.enable=1\nopcache.enable_cli=1\n")
    place.mkdir()
    for path in (HANDLER, DECLARATIONS):
        shutil.copy(path, place)
    [program] = re.findall(r"; (<\?php .*)", text)
    (place / "preload.php").write_text(program)
    make = f"new Session3\\SessionHandler('{tmp_path / 'sessions'}', ['flags' => 1]); echo 'made';"
    # The second is looked for only where the declarations are not preloaded.
    places = {"LD_LIBRARY_PATH": str(Path(LIBRARY).parent), "SESSION3_LIBRARY": "missing"}
    done = subprocess.run(
        [PROGRAM, "-c", str(settings), "-r", make],
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "made", done.stderr


@pytest.mark.parametrize("page", [GUIDE, README], ids=lambda page: page.name)
def test_names_and_files_of_which_a_page_speaks_exist(page: Path) -> None:
    text = page.read_text()
    header = "".join(path.read_text() for path in (ROOT / "include/session3").glob("*.h"))
    for name in set(re.findall(r"\b(?:session3|SESSION3)_\w+", text)) - {"SESSION3_LIBRARY"}:
        assert re.search(rf"\b{name}\b", header), name
    for name in re.findall(r"`((?:Tests|bindings|docs|include)/[\w/.-]+)`", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`(test_\w+\.py)`", text):
        assert Path(__file__).with_name(name).exists(), name


def test_the_steps_of_the_guide_are_those_of_its_contents() -> None:
    text = GUIDE.read_text()
    contents = re.findall(r"^\d+\. \[(.*)\]\(#(.*)\)$", text, re.MULTILINE)
    steps = re.findall(r"^## (\d+)\. (.*)$", text, re.MULTILINE)
    assert [title for title, _ in contents] == [title for _, title in steps]
    for (title, anchor), (number, _) in zip(contents, steps, strict=True):
        words = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        assert anchor == f"{number}-{words}"


def test_the_binding_is_as_short_as_the_guide_says() -> None:
    lines = [line for line in HANDLER.read_text().splitlines() if line.strip()]
    [told] = re.findall(r"a whole binding in (\d+)\s", GUIDE.read_text())
    assert len(lines) == int(told) < 250
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize(
    "file", [HANDLER, *Path(__file__).parent.glob("*.php")], ids=lambda file: file.name
)
def test_a_file_is_php_without_a_complaint(file: Path) -> None:
    if not PROGRAM:
        pytest.skip("php8.2 is missing: it is in Debian's php8.2-cli")
    command = [PROGRAM, "-derror_reporting=-1", "-ddisplay_errors=stderr", "-l", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_program_of_the_readme_counts_visits_and_logs_in(
    php: Php, tmp_path: Path, store: DirectorySessionStore
) -> None:
    """As two requests of one browser; the second sends a form."""
    program = textwrap.dedent(
        """
        require $argv[1];
        fwrite(STDOUT, json_encode([session_id(), $_SESSION['visits'], $user]));
        """
    )

    def visit(cookie: str, form: str) -> list[Any]:
        code = f"$_COOKIE = ['session3' => '{cookie}']; $_POST = {form}; {program}"
        done = subprocess.run(
            [
                *(PROGRAM, f"-dinclude_path={ROOT}", "-ddisplay_errors=stderr"),
                *("-r", code, "--", str(Path(__file__).with_name("readme.php"))),
            ],
            cwd=tmp_path,
            env=os.environ | {"SESSION3_LIBRARY": LIBRARY},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        answer: list[Any] = json.loads(done.stdout)
        return answer

    first, visits, user = visit("planted", "[]")
    assert (visits, user) == (1, "nobody")
    second, visits, user = visit(first, "['user' => 'ada']")
    assert (visits, user) == (2, "ada")
    assert second != first
    assert php.directory == tmp_path / "sessions"
    assert store.load_session(second).data == {"visits": 2}
    assert store.load_session(first) is None
