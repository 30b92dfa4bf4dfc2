# SPDX-License-Identifier: MIT
"""The structs of session3.h as ctypes sees them."""

from __future__ import annotations

import ctypes
import struct
from ctypes import c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

ID_MAXIMUM = 128
ID_LENGTH = 22
SHORT_HASH_LENGTH = 12

Clock = ctypes.CFUNCTYPE(c_int64, c_void_p)
Log = ctypes.CFUNCTYPE(None, c_void_p, c_uint32, c_int32, c_char_p, c_size_t)


class Error(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("status", c_int32),
        ("system_errno", c_int32),
        ("message", c_char * 240),
    )


class Buffer(ctypes.Structure):
    _fields_ = (("size", c_size_t), ("data", c_void_p), ("length", c_size_t))


class Value(ctypes.Structure):
    _fields_ = (
        ("encoded", c_void_p),
        ("encoded_length", c_size_t),
        ("type", c_int32),
        ("count", c_uint32),
    )


class RecordVersion(ctypes.Structure):
    _fields_ = (
        ("revision", c_uint64),
        ("incarnation", c_uint64),
        ("checksum", c_uint32),
        ("reserved", c_uint32),
    )


class Snapshot(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("version", RecordVersion),
        ("created_us", c_int64),
        ("accessed_us", c_int64),
    )


snapshot_times = struct.Struct(f"={Snapshot.created_us.offset}xqq").unpack
"""Creation and access time in the bytes of a Snapshot, in microseconds."""


class DirectoryOptions(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("flags", c_uint32),
        ("file_mode", c_uint32),
        ("directory_mode", c_uint32),
        ("sync", c_uint32),
        ("policy", c_uint32),
        ("reserved", c_uint32),
        ("lock_timeout_us", c_int64),
        ("maximum_payload", c_uint64),
        ("access_resolution_us", c_int64),
        ("clock", Clock),
        ("clock_context", c_void_p),
        ("log", Log),
        ("log_context", c_void_p),
        ("log_level", c_uint32),
        ("reserved_2", c_uint32),
    )


class MemoryOptions(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("policy", c_uint32),
        ("reserved", c_uint32),
        ("maximum_payload", c_uint64),
        ("access_resolution_us", c_int64),
        ("clock", Clock),
        ("clock_context", c_void_p),
        ("log", Log),
        ("log_context", c_void_p),
        ("log_level", c_uint32),
        ("reserved_2", c_uint32),
    )


class Statistics(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("loads", c_uint64),
        ("hits", c_uint64),
        ("misses", c_uint64),
        ("creates", c_uint64),
        ("saves", c_uint64),
        ("unchanged", c_uint64),
        ("updates", c_uint64),
        ("renewals", c_uint64),
        ("deletes", c_uint64),
        ("touches", c_uint64),
        ("sweeps", c_uint64),
        ("swept", c_uint64),
        ("leftovers", c_uint64),
        ("conflicts", c_uint64),
        ("merges", c_uint64),
        ("gone", c_uint64),
        ("corrupt", c_uint64),
        ("busy", c_uint64),
        ("too_large", c_uint64),
        ("failures", c_uint64),
        ("lock_waits", c_uint64),
        ("lock_wait_us", c_uint64),
        ("longest_lock_wait_us", c_uint64),
        ("bytes_read", c_uint64),
        ("bytes_written", c_uint64),
        ("messages_left_out", c_uint64),
    )


class StoreInfo(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("is_multiprocess_safe", c_uint32),
        ("is_thread_safe", c_uint32),
        ("policy", c_uint32),
        ("sync", c_uint32),
        ("maximum_payload", c_uint64),
        ("access_resolution_us", c_int64),
    )


class CookiePolicy(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("flags", c_uint32),
        ("same_site", c_uint32),
        ("name", c_char_p),
        ("name_length", c_size_t),
        ("path", c_char_p),
        ("path_length", c_size_t),
        ("domain", c_char_p),
        ("domain_length", c_size_t),
    )


class VersionInfo(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("major", c_uint32),
        ("minor", c_uint32),
        ("patch", c_uint32),
        ("format", c_uint32),
        ("text", c_char_p),
        ("error_size", c_size_t),
        ("buffer_size", c_size_t),
        ("value_size", c_size_t),
        ("value_iterator_size", c_size_t),
        ("directory_options_size", c_size_t),
        ("memory_options_size", c_size_t),
        ("store_info_size", c_size_t),
        ("snapshot_size", c_size_t),
        ("record_size", c_size_t),
        ("store_callbacks_size", c_size_t),
        ("cookie_policy_size", c_size_t),
        ("manager_policy_size", c_size_t),
        ("statistics_size", c_size_t),
    )


SIZES = {
    "error_size": Error,
    "buffer_size": Buffer,
    "value_size": Value,
    "directory_options_size": DirectoryOptions,
    "memory_options_size": MemoryOptions,
    "store_info_size": StoreInfo,
    "snapshot_size": Snapshot,
    "cookie_policy_size": CookiePolicy,
    "statistics_size": Statistics,
}
"""The field of VersionInfo that tells a struct's size, and that struct here."""
