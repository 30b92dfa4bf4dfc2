/* SPDX-License-Identifier: MIT */
/**
 * @file session3.h
 * libsession3: server-side web sessions, shared live between C, Python and Swift hosts.
 *
 * This header is the manual. Its parts:
 * - session3/base.h: statuses, errors, buffers, ids, version
 * - session3/value.h: values of attributes, and how to build nested ones
 * - session3/session.h: a session in memory
 * - session3/store.h: directory and memory stores; load, save, delete, sweep, iterate
 * - session3/statistics.h: what happened in a store, for whoever runs it
 * - session3/manager.h: the request cycle: cookie in, session out; session in, cookie out
 * - session3/cookie.h: the cookies alone, for hosts with a request cycle of their own
 * - session3/encoded.h: whole sessions as bytes, for bindings
 * - session3/custom_store.h: a store of the host's own
 *
 * A C program that wants one-line calls on NUL-terminated strings includes session3_easy.h instead.
 *
 * @par Conventions
 * Self comes first, then inputs, outs, and the error last. What a parameter is, is said with its
 * function or above the functions that share it. Owned outs (handles) are set to NULL
 * first, other outs are written on success only. Text in is a pointer and a length in bytes, UTF-8,
 * with no need of a NUL. Times are int64_t microseconds since 1970 UTC (`_us`). Every pointer is
 * checked for NULL, every flag for being known: SESSION3_E_INVALID. No parameter may be NULL but an
 * error, and those of which it is said. Structs that begin with a size
 * grow at their end only; the caller sets size to its own sizeof.
 *
 * @par Handles
 * A handle is released by the `_free` of its type; NULL is a no-op. A child (an iterator) keeps
 * its parent (a store) alive, so any order of frees works.
 *
 * @par What the library does to its host
 * It starts no threads, touches no signals, no stdio, no umask, no working directory, and keeps no
 * thread-local state. Between calls it holds no lock, and no descriptor but a directory store's one
 * and an open iterator's one, both close-on-exec.
 *
 * @par Caveats
 * - Memory exhaustion: payloads answer SESSION3_E_NOMEM; the few small objects of the library
 *   itself (handles, under 300 bytes each; lists of ids and of a map's keys that came unsorted; the
 *   last 512 renewals of a store, 80 KB) end the process, as a failing `new` would.
 * - Network file systems and FUSE are refused unless allowed: their locks were not tested.
 * - No hard links into a store's directory, and none to its files, not even backups (`cp -al`); don't
 *   edit its files in place.
 * - A touch, or a save that changes nothing, in the same instant in which a sweep found the session
 *   to be old may come too late.
 * - With SESSION3_SYNC_NONE a power cut may bring back a logout of the last seconds.
 * - A thread must not be cancelled (pthread_cancel(3)) while it is in the library: it would leave a
 *   descriptor and its lock.
 * - fork(2): a child that was forked amid another thread's call may have a descriptor of it more, on a
 *   busy machine, until it exits or executes; with the session's lock only if its parent is killed
 *   amid that very call. A signal's handler that forks amid a call
 *   of its own thread may wait for ever, as it may amid malloc(3). Fork handlers (pthread_atfork(3))
 *   may use the library, and get SESSION3_E_BUSY where another thread is amid the growth of the same
 *   session.
 * - A limit on file sizes (RLIMIT_FSIZE, `ulimit -f`) below that of a session's file makes the kernel
 *   send SIGXFSZ, which ends the host unless it ignores the signal; then SESSION3_E_IO comes, with
 *   EFBIG. No stored session is harmed either way.
 * - Whoever removes the directory itself removes the sessions: later saves say so.
 */
#ifndef SESSION3_H
#define SESSION3_H

#include "session3/base.h"
#include "session3/cookie.h"
#include "session3/custom_store.h"
#include "session3/encoded.h"
#include "session3/manager.h"
#include "session3/session.h"
#include "session3/statistics.h"
#include "session3/store.h"
#include "session3/value.h"

#endif
