/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** U+FFFD, which stands for what can't be shown. */
static const char replacement[] = "\xEF\xBF\xBD";

int32_t text_next(const char **position, const char *end) {
  // The smallest character of each length: a longer form of a smaller one is not UTF-8.
  static const int32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  const unsigned char *bytes = (const unsigned char *)*position;
  ptrdiff_t following = bytes[0] < 0x80   ? 0
                        : bytes[0] < 0xC0 ? -1
                        : bytes[0] < 0xE0 ? 1
                        : bytes[0] < 0xF0 ? 2
                        : bytes[0] < 0xF8 ? 3
                                          : -1;
  *position += 1;
  if (following <= 0)
    return following == 0 ? bytes[0] : -1;
  if (end - *position < following)
    return -1;
  int32_t character = bytes[0] & (0x3F >> following);
  for (ptrdiff_t i = 1; i <= following; i++) {
    if ((bytes[i] & 0xC0) != 0x80)
      return -1;
    character = character << 6 | (bytes[i] & 0x3F);
  }
  if (character < smallest[following] || character > 0x10FFFF ||
      (character >= 0xD800 && character <= 0xDFFF))
    return -1;
  *position += following;
  return character;
}

long text_count(const char *text, size_t length) {
  const char *end = text + length;
  long count = 0;
  while (text < end) {
    if (text_next(&text, end) < 0)
      return -1;
    count++;
  }
  return count;
}

/** Char of XML 1.0, section 2.2. */
static bool is_xml(int32_t character) {
  if (character < 0x20)
    return character == '\t' || character == '\n' || character == '\r';
  return character != 0xFFFE && character != 0xFFFF;
}

char *text_for_xml(const char *text, size_t length) {
  const size_t longest = sizeof replacement - 1;
  const char *end = text + length;
  char *copy = length < SIZE_MAX / longest ? malloc(length * longest + 1) : NULL;
  char *out = copy;
  if (copy == NULL)
    return NULL;
  while (text < end) {
    const char *character = text;
    bool can_be_shown = is_xml(text_next(&text, end));
    size_t size = can_be_shown ? (size_t)(text - character) : longest;
    memcpy(out, can_be_shown ? character : replacement, size);
    out += size;
  }
  *out = '\0';
  return copy;
}
