/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* The parts of the payload, in MessagePack, sorted by key; a string's end keeps the length of the
 * next apart from a hexadecimal escape. */
#define HEAD \
  "\x83\xaa" \
  "attributes"
#define BEFORE_PADDING \
  "\xa7" \
  "address\x83\xa6" \
  "street\xb4" \
  "12 St James's Square" \
  "\xa4" \
  "city\xa6" \
  "London" \
  "\xa7" \
  "country\xa2" \
  "GB" \
  "\xaa" \
  "cart_total\xcd\x32\xc7" \
  "\xa8" \
  "language\xa5" LANGUAGE "\xaa" \
  "last_order\xce\x68\xe7\x78\x00"
#define PADDING_KEY \
  "\xa7" \
  "padding"
#define PAGE_KEY \
  "\xa4" \
  "page"
#define FIRST_PAGE "\xb3" PAGE
#define AFTER_PAGE \
  "\xa5" \
  "ratio\xcb\x3f\xe8\0\0\0\0\0\0" \
  "\xa6" \
  "recent\x95\x65\xcc\xca\xcd\x01\x2f\xcd\x01\x94" \
  "\xcd\x01\xf9" \
  "\xa8" \
  "referrer\xb4" REFERRER "\xa5" \
  "theme\xa4" THEME "\xa6" \
  "visits"
#define AFTER_VISITS \
  "\xae" \
  "remote_address\xaa" REMOTE_ADDRESS "\xa4" \
  "user\xac" USER

/* The most that changes add: `visits` needs 5 bytes at last, and no page is longer than the first. */
#define GROWTH 8

#define RESOLUTION_US 1000000

bool is_due(int64_t *accessed) {
  int64_t now = realtime_us();
  if (now - *accessed <= RESOLUTION_US)
    return false;
  *accessed = now;
  return true;
}

static void put(struct workload *out, const void *bytes, size_t length) {
  memcpy(out->bytes + out->length, bytes, length);
  out->length += length;
}

#define PUT(text) put(out, text, sizeof(text) - 1)

static void put_padding(struct workload *out, size_t padding) {
  PUT(PADDING_KEY);
  if (padding < 32)
    put(out, (unsigned char[]){(unsigned char)(0xa0 | padding)}, 1);
  else if (padding < 256)
    put(out, (unsigned char[]){0xd9, (unsigned char)padding}, 2);
  else if (padding < 65536)
    put(out, (unsigned char[]){0xda, (unsigned char)(padding >> 8), (unsigned char)padding}, 3);
  else
    put(out,
        (unsigned char[]){0xdb, (unsigned char)(padding >> 24), (unsigned char)(padding >> 16),
                          (unsigned char)(padding >> 8), (unsigned char)padding},
        5);
  memset(out->bytes + out->length, 'x', padding);
  out->length += padding;
}

bool workload_make(size_t padding, struct workload *out) {
  *out = (struct workload){.bytes = malloc(padding + 512), .capacity = 0};
  if (out->bytes == NULL)
    return failed("no memory");
  PUT(HEAD);
  put(out, padding > 0 ? "\x8b" : "\x8a", 1);
  PUT(BEFORE_PADDING);
  if (padding > 0)
    put_padding(out, padding);
  PUT(PAGE_KEY);
  out->page = out->length;
  PUT(FIRST_PAGE);
  PUT(AFTER_PAGE);
  put(out, (unsigned char[]){VISITS}, 1);
  PUT(AFTER_VISITS);
  out->capacity = out->length + GROWTH;
  return true;
}

/** How many bytes a short text at a place takes. */
static size_t text_size(const unsigned char *text) { return 1 + (size_t)(*text & 0x1f); }

/** Where the value of `visits` begins; 0 after a call of failed. */
static size_t find_visits(const struct workload *workload, const unsigned char *bytes,
                          size_t length) {
  const size_t after = sizeof AFTER_PAGE - 1;
  if (length > workload->page) {
    size_t end = workload->page + text_size(bytes + workload->page);
    if (length > end + after && memcmp(bytes + end, AFTER_PAGE, after) == 0)
      return end + after;
  }
  failed("what was loaded is not the session of the workload");
  return 0;
}

bool held_page(const void *argument, char *page, size_t size) {
  const struct held *held = argument;
  /* No other part of the payload has these bytes. */
  const unsigned char *key = memmem(held->bytes, held->length, PAGE_KEY, sizeof PAGE_KEY - 1);
  const unsigned char *text = key == NULL ? NULL : key + sizeof PAGE_KEY - 1;
  if (text == NULL || text + 1 > held->bytes + held->length)
    return failed("what was loaded is not the session of the workload");
  size_t length = text_size(text) - 1;
  if (length >= size || text + 1 + length > held->bytes + held->length)
    return failed("what was loaded has another page");
  memcpy(page, text + 1, length);
  page[length] = '\0';
  return true;
}

/** How many bytes the value of `visits` takes. */
static size_t visits_size(const unsigned char *value) {
  switch (*value) {
  case 0xcc:
    return 2;
  case 0xcd:
    return 3;
  case 0xce:
    return 5;
  default:
    return 1;
  }
}

bool workload_visits(const struct workload *workload, const unsigned char *bytes, size_t length,
                     uint32_t *visits) {
  size_t start = find_visits(workload, bytes, length);
  if (start == 0)
    return false;
  size_t size = visits_size(bytes + start);
  if (length != start + size + sizeof AFTER_VISITS - 1)
    return failed("what was loaded is not the session of the workload");
  if (size == 1) {
    *visits = bytes[start];
    return true;
  }
  *visits = 0;
  for (size_t i = 1; i < size; i++) *visits = *visits << 8 | bytes[start + i];
  return true;
}

/** Puts other bytes in the place of some of a payload. */
static void replace(unsigned char *bytes, size_t *length, size_t start, size_t old,
                    const void *replacement, size_t size) {
  if (size != old)
    memmove(bytes + start + size, bytes + start + old, *length - start - old);
  memcpy(bytes + start, replacement, size);
  *length = *length - old + size;
}

bool workload_visit(const struct workload *workload, unsigned char *bytes, size_t *length) {
  uint32_t visits = 0;
  if (!workload_visits(workload, bytes, *length, &visits))
    return false;
  visits += 1;
  unsigned char value[5] = {0xce, (unsigned char)(visits >> 24), (unsigned char)(visits >> 16),
                            (unsigned char)(visits >> 8), (unsigned char)visits};
  const unsigned char *shortest = value;
  size_t size = 5;
  if (visits < 128) {
    shortest = value + 4;
    size = 1;
  } else if (visits < 256) {
    value[3] = 0xcc;
    shortest = value + 3;
    size = 2;
  } else if (visits < 65536) {
    value[2] = 0xcd;
    shortest = value + 2;
    size = 3;
  }
  size_t start = find_visits(workload, bytes, *length);
  replace(bytes, length, start, visits_size(bytes + start), shortest, size);
  return true;
}

bool workload_request(const struct workload *workload, unsigned char *bytes, size_t *length,
                      const char *page) {
  char value[1 + PAGE_LENGTH] = {(char)(0xa0 | PAGE_LENGTH)};
  if (!workload_visit(workload, bytes, length))
    return false;
  memcpy(value + 1, page, PAGE_LENGTH);
  replace(bytes, length, workload->page, text_size(bytes + workload->page), value, sizeof value);
  return true;
}
