/* SPDX-License-Identifier: MIT */
/**
 * @file page.h
 * The XML document that a page is made from; examples/pages/README.md describes it.
 */
#ifndef PAGE_H
#define PAGE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A document in the making. Begin with page_begin; the document is the page's owner's to free. */
struct page {
  xmlDoc *document; /**< NULL without memory */
  bool is_broken;   /**< memory was short: a part is missing */
};

/** Begins a page of a view: "home", "admin" or "error". */
struct page page_begin(const char *view);

/** The page's root. */
xmlNode *page_root(const struct page *page);

/** Adds an element; text may be NULL for an empty one, and any bytes otherwise. */
xmlNode *page_element(struct page *page, xmlNode *parent, const char *name, const char *text,
                      size_t length);

/** Adds an attribute to an element: NUL-terminated text. */
void page_attribute(struct page *page, xmlNode *element, const char *name, const char *text);

/** Adds an attribute to an element: any bytes. */
void page_attribute_bytes(struct page *page, xmlNode *element, const char *name, const char *text,
                          size_t length);

/** Adds an attribute to an element: a point in time, in microseconds since 1970, shown in UTC. */
void page_attribute_time(struct page *page, xmlNode *element, const char *name, int64_t time_us);

#endif
