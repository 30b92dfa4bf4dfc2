# SPDX-License-Identifier: MIT
"""The prototypes and structs of the package are those of the header."""

from __future__ import annotations

import ctypes
import re
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any

import pytest
from repository import ROOT
from session3 import _ffi, _load, _structs, errors
from session3._ffi import PROTOTYPES, Status

STRUCTS: dict[str, Any] = {
    "session3_error": _structs.Error,
    "session3_buffer": _structs.Buffer,
    "session3_value": _structs.Value,
    "session3_record_version": _structs.RecordVersion,
    "session3_snapshot": _structs.Snapshot,
    "session3_directory_options": _structs.DirectoryOptions,
    "session3_memory_options": _structs.MemoryOptions,
    "session3_store_info": _structs.StoreInfo,
    "session3_statistics": _structs.Statistics,
    "session3_cookie_policy": _structs.CookiePolicy,
    "session3_version_info": _structs.VersionInfo,
}
HANDLES = {"session3_store", "session3_iterator", "session3_session"}
PLAIN: dict[str, Any] = {
    "void": None,
    "bool": ctypes.c_bool,
    "double": ctypes.c_double,
    "size_t": c_size_t,
    "int32_t": c_int32,
    "int64_t": c_int64,
    "uint32_t": c_uint32,
    "uint64_t": c_uint64,
    "session3_status": Status,
    "session3_type": c_int32,
    "session3_save_policy": c_uint32,
    "session3_sync": c_uint32,
    "session3_same_site": c_uint32,
    "session3_clock": _structs.Clock,
    "session3_log": _structs.Log,
    "session3_log_level": c_uint32,
}


def header() -> str:
    files = sorted((ROOT / "include" / "session3").glob("*.h"))
    text = "\n".join(file.read_text() for file in files)
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def ctype(declaration: str) -> Any:
    """The ctypes type of a parameter, field or result as C declares it."""
    array = re.search(r"\[(.*)\]$", declaration)
    words = re.sub(r"\bconst\b|\[.*\]$", " ", declaration)
    base = words.replace("*", " ").split()[0]
    stars = words.count("*") + (1 if array else 0)
    if base in ("char", "void") or base in HANDLES:
        return {
            ("char", 1): c_char_p,
            ("void", 1): c_void_p,
            ("void", 0): None,
        }.get((base, stars), c_void_p if stars == 1 else POINTER(c_void_p))
    plain = STRUCTS.get(base, PLAIN.get(base))
    assert plain is not None, declaration
    return POINTER(plain) if stars == 1 else plain


def prototypes() -> dict[str, tuple[Any, tuple[Any, ...]]]:
    found = re.findall(r"([\w ]+?[ *]+)(session3_\w+)\(([^()]*)\);", header())
    return {
        name: (result.strip(), tuple(p.strip() for p in parameters.split(",")))
        for result, name, parameters in found
    }


DECLARED = prototypes()


def test_the_header_is_understood() -> None:
    assert len(DECLARED) > 100


@pytest.mark.parametrize("name", sorted(PROTOTYPES))
def test_a_prototype_is_that_of_the_header(name: str) -> None:
    result, parameters = DECLARED[name]
    assert PROTOTYPES[name] == (ctype(result), tuple(map(ctype, parameters)))


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_a_struct_is_that_of_the_header(name: str) -> None:
    match = re.search(rf"typedef struct {name} \{{(.*?)\}} {name};", header(), re.DOTALL)
    assert match is not None
    fields = [line.strip() for line in match[1].split(";") if line.strip()]
    expected: list[tuple[str, Any]] = []
    for field in fields:
        parts = re.fullmatch(r"(.*?)(\w+)(\[\d+\])?", field, re.DOTALL)
        assert parts is not None
        kind, field_name, length = parts.groups()
        if length:
            assert kind.strip() == "char"
            expected.append((field_name, ctypes.c_char * int(length[1:-1])))
        else:
            field_type = ctype(kind)
            expected.append((field_name, c_int32 if field_type is Status else field_type))
    assert list(STRUCTS[name]._fields_) == expected


def number(name: str) -> int:
    match = re.search(rf"#define {name} (?:\(\(\w+\))?(-?(?:0x)?[0-9a-fA-F]+)\)?\s", header())
    assert match is not None, name
    return int(match[1], 0)


def test_constants_are_those_of_the_header() -> None:
    assert number("SESSION3_NOT_FOUND") == _ffi.NOT_FOUND
    assert number("SESSION3_DONE") == _ffi.DONE
    assert number("SESSION3_E_TOO_SMALL") == _ffi.TOO_SMALL
    assert number("SESSION3_SAVE_RESURRECT") == _ffi.RESURRECT
    assert number("SESSION3_DIRECTORY_CREATE") == _ffi.DIRECTORY_CREATE
    assert number("SESSION3_DIRECTORY_ALLOW_NETWORK") == _ffi.DIRECTORY_ALLOW_NETWORK
    assert number("SESSION3_COOKIE_SECURE") == _ffi.COOKIE_SECURE
    assert number("SESSION3_COOKIE_SCRIPTABLE") == _ffi.COOKIE_SCRIPTABLE
    assert number("SESSION3_COOKIE_PARTITIONED") == _ffi.COOKIE_PARTITIONED
    assert number("SESSION3_COOKIE_HEADER_MAXIMUM") == _ffi.COOKIE_HEADER_MAXIMUM
    for same_site, value in _ffi.SAME_SITE.items():
        assert number(f"SESSION3_SAME_SITE_{(same_site or 'unset').upper()}") == value
    assert number("SESSION3_ID_MAXIMUM") == _structs.ID_MAXIMUM
    assert number("SESSION3_ID_LENGTH") == _structs.ID_LENGTH
    assert number("SESSION3_SHORT_HASH_LENGTH") == _structs.SHORT_HASH_LENGTH
    assert (
        number("SESSION3_VERSION_MAJOR"),
        number("SESSION3_VERSION_MINOR"),
    ) == _load.VERSION
    for policy in ("merge", "overwrite", "fail"):
        assert number(f"SESSION3_SAVE_{policy.upper()}") == _ffi.POLICIES[policy]
    for sync in ("none", "data"):
        assert number(f"SESSION3_SYNC_{sync.upper()}") == _ffi.SYNC_MODES[sync]


def test_every_failure_of_the_header_has_an_error() -> None:
    failures = dict(re.findall(r"#define (SESSION3_E_\w+) \(\(session3_status\)(-\d+)\)", header()))
    assert {int(value) for value in failures.values()} == set(errors.OF_STATUS)
    assert len(set(errors.OF_STATUS.values())) == len(errors.OF_STATUS)
