/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

struct page page_begin(const char *view) {
  struct page page = {xmlNewDoc(BAD_CAST "1.0"), false};
  xmlNode *root =
      page.document != NULL ? xmlNewDocNode(page.document, NULL, BAD_CAST "page", NULL) : NULL;
  page.is_broken = root == NULL;
  if (root != NULL) {
    xmlDocSetRootElement(page.document, root);
    page_attribute(&page, root, "view", view);
  }
  return page;
}

xmlNode *page_root(const struct page *page) {
  return page->document != NULL ? xmlDocGetRootElement(page->document) : NULL;
}

xmlNode *page_element(struct page *page, xmlNode *parent, const char *name, const char *text,
                      size_t length) {
  char *content = text != NULL ? text_for_xml(text, length) : NULL;
  xmlNode *element = NULL;
  if (parent != NULL && (text == NULL || content != NULL))
    element = xmlNewTextChild(parent, NULL, BAD_CAST name, BAD_CAST content);
  free(content);
  page->is_broken |= element == NULL;
  return element;
}

void page_attribute_bytes(struct page *page, xmlNode *element, const char *name, const char *text,
                          size_t length) {
  char *content = text_for_xml(text, length);
  if (element == NULL || content == NULL ||
      xmlNewProp(element, BAD_CAST name, BAD_CAST content) == NULL)
    page->is_broken = true;
  free(content);
}

void page_attribute(struct page *page, xmlNode *element, const char *name, const char *text) {
  page_attribute_bytes(page, element, name, text, strlen(text));
}

void page_attribute_time(struct page *page, xmlNode *element, const char *name, int64_t time_us) {
  time_t seconds = (time_t)(time_us / 1000000 - (time_us % 1000000 < 0));
  struct tm parts;
  char text[64];
  if (gmtime_r(&seconds, &parts) == NULL ||
      strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts) == 0)
    return; // a time that no calendar holds is left out, as an unknown one
  page_attribute(page, element, name, text);
}
