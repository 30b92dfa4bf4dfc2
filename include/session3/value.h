/* SPDX-License-Identifier: MIT */
/**
 * @file session3/value.h
 * Values: what an attribute holds. Reading them, and building nested ones.
 *
 * A value is nil, a bool, an integer from INT64_MIN to UINT64_MAX, a double, UTF-8 text, bytes, a
 * point in time, an array of values, or a map from text to values (in the order it was written),
 * nested at most SESSION3_MAXIMUM_DEPTH deep. It is kept as its MessagePack bytes
 * (https://github.com/msgpack/msgpack/blob/master/spec.md): nothing is decoded before it is asked
 * for.
 *
 * For flat values use the typed setters and getters of session.h and skip this file.
 */
#ifndef SESSION3_VALUE_H
#define SESSION3_VALUE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The type of a value: one of the numbers here. */
typedef int32_t session3_type;
/** Nothing, as a value. */
#define SESSION3_TYPE_NIL ((session3_type)0)
/** True or false. */
#define SESSION3_TYPE_BOOL ((session3_type)1)
/** An integer that fits into an int64_t. */
#define SESSION3_TYPE_INT ((session3_type)2)
/** An integer above INT64_MAX. */
#define SESSION3_TYPE_UINT ((session3_type)3)
/** IEEE 754 binary64. */
#define SESSION3_TYPE_DOUBLE ((session3_type)4)
/** UTF-8. */
#define SESSION3_TYPE_TEXT ((session3_type)5)
/** Any bytes. */
#define SESSION3_TYPE_BINARY ((session3_type)6)
/** A point in time. */
#define SESSION3_TYPE_TIMESTAMP ((session3_type)7)
/** Values, one after another. */
#define SESSION3_TYPE_ARRAY ((session3_type)8)
/** Values under keys, which are texts. */
#define SESSION3_TYPE_MAP ((session3_type)9)

/** How deep arrays and maps may nest inside one attribute; `[[1]]` is 2 deep. */
#define SESSION3_MAXIMUM_DEPTH 32

/**
 * A view of one value, filled by the library. It borrows its bytes: the function that fills it
 * says from whom and until when. The struct has no size field and will never change.
 */
typedef struct session3_value {
  const void *encoded;   /**< the value's MessagePack bytes */
  size_t encoded_length; /**< how many */
  session3_type type;    /**< SESSION3_TYPE_... */
  uint32_t count;        /**< elements of an array, entries of a map, bytes of text or binary */
} session3_value;

/**
 * Views bytes that hold exactly one MessagePack value, after checking all of them.
 * @param data    borrowed: *out is good as long as they are
 * @param length  in bytes
 * @param out     the view
 * @param error   may be NULL; its message tells the offset of the fault
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_VALUE if the bytes are no value that can be
 *         stored, or more bytes follow
 * @par Complexity
 *      O(length)
 */
session3_status session3_value_parse(const void *data, size_t length, session3_value *out,
                                     session3_error *error);

/**
 * @name Reading a scalar
 * @param value   a view
 * @param out, out_us, text, data  written on success only
 * @param length  of text or data, in bytes
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_TYPE for another type; SESSION3_E_RANGE for
 *         a number that does not fit
 * @par Thread safety
 *      Any thread, as long as nobody ends the view's bytes.
 * @{
 */
/** True or false. */
session3_status session3_value_get_bool(const session3_value *value, bool *out,
                                        session3_error *error);
/** An integer that an int64_t holds. */
session3_status session3_value_get_int(const session3_value *value, int64_t *out,
                                       session3_error *error);
/** An integer that is not negative. */
session3_status session3_value_get_uint(const session3_value *value, uint64_t *out,
                                        session3_error *error);
/** A double as stored; an integer is E_TYPE: a conversion could lose digits. */
session3_status session3_value_get_double(const session3_value *value, double *out,
                                          session3_error *error);
/** Microseconds since 1970 UTC; a stored fraction of a microsecond is rounded down. */
session3_status session3_value_get_timestamp(const session3_value *value, int64_t *out_us,
                                             session3_error *error);
/** UTF-8 text, borrowed like the view. Not NUL-terminated: it is a part of the stored bytes. */
session3_status session3_value_get_text(const session3_value *value, const char **text,
                                        size_t *length, session3_error *error);
/** Bytes, borrowed like the view. */
session3_status session3_value_get_binary(const session3_value *value, const void **data,
                                          size_t *length, session3_error *error);
/** @} */

/**
 * The element of an array at an index from 0.
 * @param array  a view of an array
 * @param index  from 0
 * @param out    borrows from the same bytes as array
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND beyond the end; SESSION3_E_INVALID; SESSION3_E_TYPE
 * @par Complexity
 *      O(bytes before it); use session3_value_next to walk
 */
session3_status session3_value_element(const session3_value *array, size_t index,
                                       session3_value *out, session3_error *error);

/**
 * The value of a map's key.
 * @param map         a view of a map
 * @param key         UTF-8
 * @param key_length  in bytes
 * @param out         borrows from the same bytes as map
 * @param error       may be NULL
 * @return SESSION3_OK; SESSION3_NOT_FOUND; SESSION3_E_INVALID; SESSION3_E_TYPE
 * @par Complexity
 *      O(bytes before it)
 */
session3_status session3_value_member(const session3_value *map, const char *key, size_t key_length,
                                      session3_value *out, session3_error *error);

/** A position in an array or map; the library's to fill and to read. It will never change. */
typedef struct session3_value_iterator {
  const void *position; /**< where the next part begins */
  size_t bytes_left;    /**< from there to the container's end */
  uint32_t items_left;  /**< elements or entries to come */
  session3_type type;   /**< SESSION3_TYPE_ARRAY or SESSION3_TYPE_MAP */
} session3_value_iterator;

/**
 * Starts walking an array or a map.
 * @param container  a view of an array or map
 * @param iterator   borrows from the same bytes; nothing to release
 * @param error      may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_TYPE; SESSION3_E_VALUE for a view that the
 *         caller made up
 */
session3_status session3_value_iterate(const session3_value *container,
                                       session3_value_iterator *iterator, session3_error *error);

/**
 * Takes the next element or entry.
 * @param iterator  started by session3_value_iterate
 * @param key       for a map: receives the key, a text value; may be NULL; for an array: untouched
 * @param value     receives the element or the entry's value
 * @param error     may be NULL
 * @return SESSION3_OK; SESSION3_DONE after the last; SESSION3_E_INVALID; SESSION3_E_VALUE if the
 *         bytes are no well-formed container (a view that the caller made up)
 */
session3_status session3_value_next(session3_value_iterator *iterator, session3_value *key,
                                    session3_value *value, session3_error *error);

/**
 * @name Building a nested value
 *
 * One call for each part, in order: `array(2), int(1), text("x")` is `[1, "x"]`; in a map each
 * key is a text, followed by its value.
 * @{
 */
/** Builds one value at a time; released with session3_writer_free. */
typedef struct session3_writer session3_writer;

/**
 * Makes an empty writer.
 * @param out    set to NULL first; released with session3_writer_free
 * @param error  may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM
 * @par Thread safety
 *      One thread at a time for one writer.
 */
session3_status session3_writer_new(session3_writer **out, session3_error *error);
/**
 * Releases a writer and the views of what it wrote.
 * @param writer  NULL is a no-op
 */
void session3_writer_free(session3_writer *writer);
/**
 * Empties a writer, to build another value.
 * @param writer  NULL is a no-op
 */
void session3_writer_reset(session3_writer *writer);

/**
 * Views the value that was built.
 * @param writer  holds exactly one complete value
 * @param out     borrows from the writer, until its next change, reset or free
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_VALUE if parts are missing, or a map has a
 *         key twice
 */
session3_status session3_writer_finish(session3_writer *writer, session3_value *out,
                                       session3_error *error);
/** @} */

/**
 * @name Appending one part
 * @param writer  not NULL
 * @param value, time_us, text, data  what to append
 * @param length  of text or data, in bytes
 * @param count   how many parts belong to it
 * @param error   may be NULL
 * @return SESSION3_OK; SESSION3_E_INVALID; SESSION3_E_NOMEM; SESSION3_E_VALUE (not UTF-8; a part
 *         after the value is complete; a map key that is no text; deeper than
 *         SESSION3_MAXIMUM_DEPTH); SESSION3_E_TOO_LARGE (beyond 4 GiB). The writer is as it was.
 * @{
 */
/** Appends nil. */
session3_status session3_writer_nil(session3_writer *writer, session3_error *error);
/** Appends true or false. */
session3_status session3_writer_bool(session3_writer *writer, bool value, session3_error *error);
/** Appends an integer. */
session3_status session3_writer_int(session3_writer *writer, int64_t value, session3_error *error);
/** Appends an integer that may be above INT64_MAX. */
session3_status session3_writer_uint(session3_writer *writer, uint64_t value,
                                     session3_error *error);
/** Appends a double. */
session3_status session3_writer_double(session3_writer *writer, double value,
                                       session3_error *error);
/** Appends a text, or a map's key. */
session3_status session3_writer_text(session3_writer *writer, const char *text, size_t length,
                                     session3_error *error);
/** Appends any bytes. */
session3_status session3_writer_binary(session3_writer *writer, const void *data, size_t length,
                                       session3_error *error);
/** Microseconds since 1970 UTC. */
session3_status session3_writer_timestamp(session3_writer *writer, int64_t time_us,
                                          session3_error *error);
/** Opens an array; the next `count` values are its elements. */
session3_status session3_writer_array(session3_writer *writer, uint32_t count,
                                      session3_error *error);
/** Opens a map; the next `count` pairs of a text and a value are its entries. */
session3_status session3_writer_map(session3_writer *writer, uint32_t count, session3_error *error);
/** Appends a whole value that a view shows. */
session3_status session3_writer_value(session3_writer *writer, const session3_value *value,
                                      session3_error *error);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
