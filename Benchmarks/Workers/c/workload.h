/* SPDX-License-Identifier: MIT */
/* The session of Benchmarks/README.md as the bytes that libsession3 stores for it, and changes of
 * them in place: what stores get that take bytes, so that they move as many, and encode nothing. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USER "ada.lovelace"
#define REMOTE_ADDRESS "192.0.2.17"
#define THEME "dark"
#define LANGUAGE "en-GB"
#define PAGE "/shop/basket?step=2"
#define REFERRER "https://example.com/"
#define VISITS 17
#define CART_TOTAL 12999
#define LAST_ORDER 1760000000
#define RATIO 0.75

/** Notes of a store that takes bytes. */
#define NOTES_OF_BYTES \
  {"create", "stores bytes that were made before: nothing is encoded"}, \
      {"load", "finds `visits` among the bytes: nothing else is decoded"}, \
      {"resave", "changes the held bytes in place: nothing is encoded"}, \
      {"request", "changes the loaded bytes in place: nothing is encoded"}

/** The payload of every new session. */
struct workload {
  unsigned char *bytes;
  size_t length;
  size_t capacity; /**< that no change of it outgrows */
  size_t page;     /**< where the value of `page` begins */
};

/** A session that was loaded, in memory of the host's own. */
struct held {
  int64_t accessed;
  size_t length;
  unsigned char bytes[]; /**< of the workload's capacity */
};

/** Tells the `page` of a struct held; false after a call of failed. */
bool held_page(const void *held, char *page, size_t size);

/** Whether a save that changes nothing renews a time of last access: that is more than a second old,
 * as by libsession3. It is the present then. */
bool is_due(int64_t *accessed);

/** Makes the payload, with so many letters of padding; false after a call of failed. */
bool workload_make(size_t padding, struct workload *out);

/** Reads `visits`; false after a call of failed, if the bytes are no such payload. */
bool workload_visits(const struct workload *workload, const unsigned char *bytes, size_t length,
                     uint32_t *visits);

/** Adds 1 to `visits`, in memory of the workload's capacity. */
bool workload_visit(const struct workload *workload, unsigned char *bytes, size_t *length);

/** The changes of `request`: a visit, and another page of PAGE_LENGTH bytes. */
bool workload_request(const struct workload *workload, unsigned char *bytes, size_t *length,
                      const char *page);

#endif
