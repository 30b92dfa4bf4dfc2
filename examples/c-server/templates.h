/* SPDX-License-Identifier: MIT */
/**
 * @file templates.h
 * The stylesheet that turns a page's document into HTML: compiled once, used by all threads.
 */
#ifndef TEMPLATES_H
#define TEMPLATES_H

#include <libxml/tree.h>

struct templates;

/** Compiles pages.xsl in a directory. NULL, with the reason on stderr, if it can't be read. */
struct templates *templates_load(const char *directory);

/** Releases the templates, and all that libxml2 and libxslt keep. NULL is a no-op. */
void templates_free(struct templates *templates);

/**
 * Turns a document into HTML.
 * @param document  may be changed
 * @param html      receives UTF-8, to be released with xmlFree
 * @param length    receives its length in bytes
 * @return 0; -1 with the reason on stderr
 * @par Thread safety  Any thread; a document from one at a time.
 */
int templates_render(const struct templates *templates, xmlDoc *document, xmlChar **html,
                     int *length);

#endif
