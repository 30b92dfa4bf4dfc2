# SPDX-License-Identifier: MIT
"""The library that PHP finds, the declarations it has of it, and that nothing of it remains."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from php import DECLARATIONS, HANDLER, LIBRARY, PROGRAM, ROOT, Php


def make_handler(library: str | None, *settings: str, **environment: str) -> Any:
    """What becomes of a handler: null, or the class and the message of what was thrown."""
    if not PROGRAM:
        pytest.skip("php8.2 is missing: it is in Debian's php8.2-cli")
    code = f"""
        require '{HANDLER}';
        try {{
            new Session3\\SessionHandler('sessions');
            echo 'made';
        }} catch (Throwable $failure) {{
            echo get_class($failure), ': ', $failure->getMessage();
        }}
    """
    variables = {name: text for name, text in os.environ.items() if name != "SESSION3_LIBRARY"}
    if library is not None:
        variables["SESSION3_LIBRARY"] = library
    done = subprocess.run(
        [PROGRAM, *settings, "-r", code],
        env=variables | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


COMPILER = [os.environ.get("CC", "cc"), f"-I{ROOT / 'include'}"]


def make_library(place: Path, code: str) -> str:
    """A library that has all of the real one's names, and answers session3_version by code."""
    version, others, library = (place / name for name in ("version.c", "others.c", "other.so"))
    version.write_text(
        '#include "session3/base.h"\n'
        "session3_status session3_version(session3_version_info *out, session3_error *error) {\n"
        f"  (void)error;\n  {code}\n  return SESSION3_OK;\n}}\n"
    )
    names = set((ROOT / "abi" / "symbols.txt").read_text().split()) - {"session3_version"}
    others.write_text("".join(f"void {name}(void) {{}}\n" for name in sorted(names)))
    command = [*COMPILER, "-shared", "-fPIC", "-o", str(library), str(version), str(others)]
    subprocess.run(command, check=True)
    return str(library)


def test_the_library_that_the_environment_names_is_taken() -> None:
    assert make_handler(LIBRARY) == "made"


def test_without_a_name_it_is_found_by_its_soname(tmp_path: Path) -> None:
    shutil.copyfile(LIBRARY, tmp_path / "libsession3.so.0")
    assert make_handler(None, LD_LIBRARY_PATH=str(tmp_path)) == "made"


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "libsession3.so")
    assert make_handler(missing) == f"FFI\\Exception: Failed loading '{missing}'"
    # The one that is named is tried alone.
    shutil.copyfile(LIBRARY, tmp_path / "libsession3.so.0")
    told = make_handler(missing, LD_LIBRARY_PATH=str(tmp_path))
    assert told == f"FFI\\Exception: Failed loading '{missing}'"


def test_what_is_no_library_or_another_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("no library")
    assert make_handler(str(text)) == f"FFI\\Exception: Failed loading '{text}'"
    told = make_handler("libc.so.6")
    assert told == "FFI\\Exception: Failed resolving C function 'session3_status_text'"


def test_another_version_is_refused(tmp_path: Path) -> None:
    for version in ("out->major = 0; out->minor = 2;", "out->major = 1; out->minor = 1;"):
        library = make_library(tmp_path, version)
        assert make_handler(library) == f"RuntimeException: {library} is not of version 0.1"


def test_other_sizes_of_structs_are_refused(tmp_path: Path) -> None:
    library = make_library(tmp_path, "out->minor = 1; out->error_size = 264;")
    told = make_handler(library)
    assert told == f"RuntimeException: error_size of {library} is not 256"
    sizes = "".join(
        f"out->{name} = {size};" for name, size in sizes_in_c(tmp_path).items() if "_size" in name
    )
    whole = make_library(tmp_path, f"out->minor = 1; {sizes}")
    assert make_handler(whole) == "made"
    library = make_library(tmp_path, f"out->minor = 1; {sizes} out->statistics_size++;")
    assert "statistics_size" in make_handler(library)


def sizes_in_c(place: Path) -> dict[str, int]:
    """What session3_version tells of the real library."""
    fields = re.findall(r"size_t (\w+_size);", (ROOT / "include/session3/base.h").read_text())
    source = place / "sizes.c"
    source.write_text(
        '#include <stdio.h>\n#include "session3.h"\nint main(void) {\n'
        "  session3_version_info info = {.size = sizeof info};\n"
        "  if (session3_version(&info, NULL) != SESSION3_OK) return 1;\n"
        + "".join(f'  printf("{name} %zu\\n", info.{name});\n' for name in fields)
        + "}\n"
    )
    program = place / "sizes"
    command = [*COMPILER, "-o", str(program), str(source), LIBRARY]
    subprocess.run([*command, f"-Wl,-rpath,{ROOT / 'build'}"], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=True)
    return {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}


def test_php_without_the_extension_says_so() -> None:
    told = make_handler(LIBRARY, "-n")
    assert told == 'Error: Class "FFI" not found'


def test_php_that_may_not_use_the_extension_says_so() -> None:
    told = make_handler(LIBRARY, "-d", "ffi.enable=0")
    assert told == 'FFI\\Exception: FFI API is restricted by "ffi.enable" configuration directive'


def test_preloaded_declarations_name_the_library_alone(tmp_path: Path) -> None:
    """A copy of one's own does, as the README says; the environment does not count."""
    declarations = tmp_path / "own-session3.cdef"
    preloaded = f"-dffi.preload={declarations}"
    name = '#define FFI_LIB "{}"\n'
    text = DECLARATIONS.read_text()
    assert text.splitlines(keepends=True)[1] == name.format("libsession3.so.0")
    declarations.write_text(text.replace(name.format("libsession3.so.0"), name.format(LIBRARY)))
    assert make_handler(str(tmp_path / "missing.so"), preloaded) == "made"
    declarations.write_text(text.replace("libsession3.so.0", str(tmp_path / "missing.so"), 1))
    with pytest.raises(subprocess.CalledProcessError) as raised:
        make_handler(LIBRARY, preloaded)
    assert "Failed pre-loading" in raised.value.stderr


def test_the_declarations_are_those_of_the_header() -> None:
    script = ROOT / "bindings" / "php" / "make_declarations"
    done = subprocess.run([str(script)], capture_output=True, text=True, check=True)
    assert done.stdout == DECLARATIONS.read_text()


def test_the_declarations_hold_every_function_and_every_number() -> None:
    text = DECLARATIONS.read_text()
    for name in (ROOT / "abi" / "symbols.txt").read_text().split():
        assert re.search(rf"\b{name}\(", text), name
    numbers = dict(re.findall(r"^  (SESSION3_\w+) = (\S+),$", text, re.MULTILINE))
    macros = {
        name
        for file in (ROOT / "include" / "session3").glob("*.h")
        for name in re.findall(
            r"^#define (SESSION3_\w+(?<!_INIT)) .*[0-9]", file.read_text(), re.MULTILINE
        )
    }
    assert macros == numbers.keys()


def test_numbers_sizes_and_offsets_are_those_of_the_compiler(php: Php, tmp_path: Path) -> None:
    text = DECLARATIONS.read_text()
    names = re.findall(r"^  (SESSION3_\w+) = ", text, re.MULTILINE)
    structs = re.findall(r"^} (session3_\w+);$", text, re.MULTILINE)
    assert len(names) > 80
    assert len(structs) > 13
    source = tmp_path / "numbers.c"
    source.write_text(
        '#include <stdio.h>\n#include "session3.h"\nint main(void) {\n'
        + "".join(f'  printf("{name} %lld\\n", (long long){name});\n' for name in names)
        + "".join(f'  printf("{name} %zu\\n", sizeof({name}));\n' for name in structs)
        + "}\n"
    )
    program = tmp_path / "numbers"
    subprocess.run([*COMPILER, "-o", str(program), str(source)], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=True)
    expected = [[line.split()[0], int(line.split()[1])] for line in done.stdout.splitlines()]
    told = php.ask(
        "$text = file_get_contents($argv[1]);"
        "$ffi = FFI::cdef(strstr($text, '/*'), getenv('SESSION3_LIBRARY'));"
        "$told = []; foreach (array_slice($argv, 2) as $name) $told[] = [$name, "
        "ctype_upper($name[0]) ? $ffi->$name : FFI::sizeof($ffi->type($name))]; tell($told);",
        *(str(DECLARATIONS), *names, *structs),
    )
    assert told == expected


# Loads and saves, new ids, failures: everything that the library allocates for a request.
REQUESTS = """
$count = fn(string $place): int => count(scandir($place)) - 2;
$memory = function (): int {
    gc_collect_cycles();
    return (int) explode(' ', file_get_contents('/proc/self/statm'))[1] * 4096;
};
[$session, $rounds, $visits] = [$argv[1], (int) $argv[2], 0];
$request = function (int $round) use (&$session, &$visits, $handler): void {
    visit($session) || exit(1);
    $_SESSION['n'] = $visits = ($_SESSION['n'] ?? 0) + 1;
    $_SESSION['list'] = [1.5, "\\xff", ['t' => new DateTimeImmutable()], null];
    $round % 10 === 0 && session_regenerate_id($round % 20 === 0);
    $round % 50 === 0 && $handler->setUser("user $round");
    $handler->user();
    session_write_close();
    $session = session_id();
    if ($round % 5 === 0) {
        visit($session);
        $_SESSION['n'] = new ArrayObject();
        failure(session_write_close(...)) ?? exit(2);
        visit("gone-$round") && exit(3);
        session_destroy();
    }
};
for ($round = 1; $round <= 1000; $round++) $request($round);
[$before, $open] = [$memory(), $count('/proc/self/fd')];
for ($round = 1; $round <= $rounds; $round++) $request($round);
tell([$memory() - $before, $count('/proc/self/fd') - $open, $visits]);
"""


def test_ten_thousand_requests_of_one_process_leave_no_memory_and_no_descriptor(php: Php) -> None:
    session = php.create()
    grown, opened, visits = php.ask(REQUESTS, session, "10000")
    # Each handle that were not freed would be 200 bytes or more, ten thousand times.
    assert grown < 500_000
    assert opened == 0
    assert visits == 11_000


def test_handlers_of_failed_requests_leave_no_descriptor(php: Php) -> None:
    php.create()
    opened = php.ask(
        """
        $count = fn(): int => count(scandir('/proc/self/fd'));
        $before = $count();
        for ($round = 0; $round < 50; $round++) {
            $handler = new Session3\\SessionHandler(getenv('DIRECTORY'));
            session_set_save_handler($handler, true);
            visit();
            $_SESSION['object'] = new ArrayObject();
            failure(session_write_close(...)) ?? exit(1);
        }
        tell($count() - $before);
        """
    )
    # That of the last handler, which is still there.
    assert opened <= 1
