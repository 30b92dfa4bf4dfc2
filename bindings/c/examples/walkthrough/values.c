/* SPDX-License-Identifier: MIT */
/** @file values.c  session3/value.h: building nested values, and reading them. */
#include <inttypes.h>
#include <stdlib.h>

#include "walkthrough.h"

static void print_container(const session3_value *container) {
  session3_error error = SESSION3_ERROR_INIT;
  bool is_map = container->type == SESSION3_TYPE_MAP;
  session3_value_iterator position;
  session3_value key;
  session3_value value;
  const char *separator = "";

  MUST(session3_value_iterate(container, &position, &error));
  printf(is_map ? "{" : "[");
  while (session3_value_next(&position, &key, &value, &error) == SESSION3_OK) {
    printf("%s", separator);
    if (is_map) {
      print_value(&key);
      printf(": ");
    }
    print_value(&value);
    separator = ", ";
  }
  printf(is_map ? "}" : "]");
}

static void print_text(const session3_value *value) {
  session3_error error = SESSION3_ERROR_INIT;
  const char *text;
  size_t length;
  MUST(session3_value_get_text(value, &text, &length, &error));
  printf("\"%.*s\"", (int)length, text);
}

static void print_scalar(const session3_value *value) {
  session3_error error = SESSION3_ERROR_INIT;
  union {
    bool truth;
    int64_t integer;
    uint64_t natural;
    double real;
    const void *data;
  } out;
  size_t length;

  if (value->type == SESSION3_TYPE_BOOL) {
    MUST(session3_value_get_bool(value, &out.truth, &error));
    printf(out.truth ? "true" : "false");
  } else if (value->type == SESSION3_TYPE_INT) {
    MUST(session3_value_get_int(value, &out.integer, &error));
    printf("%" PRId64, out.integer);
  } else if (value->type == SESSION3_TYPE_UINT) {
    MUST(session3_value_get_uint(value, &out.natural, &error));
    printf("%" PRIu64, out.natural);
  } else if (value->type == SESSION3_TYPE_DOUBLE) {
    MUST(session3_value_get_double(value, &out.real, &error));
    printf("%g", out.real);
  } else if (value->type == SESSION3_TYPE_TIMESTAMP) {
    MUST(session3_value_get_timestamp(value, &out.integer, &error));
    printf("<%" PRId64 " us>", out.integer);
  } else if (value->type == SESSION3_TYPE_BINARY) {
    MUST(session3_value_get_binary(value, &out.data, &length, &error));
    printf("<%zu bytes>", length);
  } else {
    printf("nil");
  }
}

void print_value(const session3_value *value) {
  if (value->type == SESSION3_TYPE_ARRAY || value->type == SESSION3_TYPE_MAP)
    print_container(value);
  else if (value->type == SESSION3_TYPE_TEXT)
    print_text(value);
  else
    print_scalar(value);
}

/** {"items": [{"name": "tea", "price": 4.5, "gift": true}, nil], "paid": ..., "total": ...} */
static void write_order(session3_writer *writer, session3_value *order) {
  session3_error error = SESSION3_ERROR_INIT;
  MUST(session3_writer_map(writer, 4, &error));
  MUST(session3_writer_text(writer, TEXT("items"), &error));
  MUST(session3_writer_array(writer, 2, &error));
  MUST(session3_writer_map(writer, 3, &error));
  MUST(session3_writer_text(writer, TEXT("name"), &error));
  MUST(session3_writer_text(writer, TEXT("tea"), &error));
  MUST(session3_writer_text(writer, TEXT("price"), &error));
  MUST(session3_writer_double(writer, 4.5, &error));
  MUST(session3_writer_text(writer, TEXT("gift"), &error));
  MUST(session3_writer_bool(writer, true, &error));
  MUST(session3_writer_nil(writer, &error));
  MUST(session3_writer_text(writer, TEXT("paid"), &error));
  MUST(session3_writer_timestamp(writer, 1700000000000000, &error));
  MUST(session3_writer_text(writer, TEXT("number"), &error));
  MUST(session3_writer_uint(writer, UINT64_MAX, &error));
  MUST(session3_writer_text(writer, TEXT("signature"), &error));
  answer("a value of which parts are missing", session3_writer_finish(writer, order, &error));
  MUST(session3_writer_binary(writer, "\x01\x02", 2, &error));
  MUST(session3_writer_finish(writer, order, &error));
}

/** Members and elements are views into the same bytes: nothing is copied. */
static void find(const session3_value *order) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_value items;
  session3_value first;
  session3_value price;
  double number;

  MUST(session3_value_member(order, TEXT("items"), &items, &error));
  MUST(session3_value_element(&items, 0, &first, &error));
  MUST(session3_value_member(&first, TEXT("price"), &price, &error));
  MUST(session3_value_get_double(&price, &number, &error));
  printf("  the first of %u items costs %g\n", (unsigned)items.count, number);
  answer("the third item", session3_value_element(&items, 2, &first, &error));
}

void values(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  session3_writer *writer = NULL;
  session3_value order;
  session3_value parsed;

  MUST(session3_writer_new(&writer, &error));
  write_order(writer, &order);
  printf("  ");
  print_value(&order);
  printf("\n");
  find(&order);

  // As an attribute it is one value: set as a whole, and merged as a whole.
  MUST(s3_new(&session, &error));
  MUST(s3_set(session, "order", &order, &error));
  session3_writer_reset(writer);
  MUST(session3_writer_array(writer, 2, &error));
  MUST(session3_writer_int(writer, -1, &error));
  MUST(s3_read(session, "order", &order, &error));
  MUST(session3_writer_value(writer, &order, &error));
  MUST(session3_writer_finish(writer, &order, &error));
  printf("  inside an array it is %zu bytes\n", order.encoded_length);
  session3_writer_free(writer);

  MUST(session3_value_parse("\x93\x01\x02\x03", 4, &parsed, &error));
  printf("  the bytes 93 01 02 03: ");
  print_value(&parsed);
  printf("\n");
  answer("the bytes 93 01 02", session3_value_parse("\x93\x01\x02", 3, &parsed, &error));
}
