/* SPDX-License-Identifier: MIT */
/**
 * @file text.h
 * Text as it comes from outside: which of it is UTF-8, and which of it XML can hold.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>

/** Reads one character of UTF-8 and moves past it; -1 for a byte that is no part of one. The text
 * must not be at its end. */
int32_t text_next(const char **position, const char *end);

/** How many characters a text has; -1 if it is not UTF-8. */
long text_count(const char *text, size_t length);

/** A copy for an XML document, NUL-terminated, to be freed: what XML 1.0 forbids, and what is not
 * UTF-8, is replaced by U+FFFD. NULL without memory. */
char *text_for_xml(const char *text, size_t length);

#endif
