/* SPDX-License-Identifier: MIT */
#include "templates.h"

#include <libxml/parser.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xslt.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct templates {
  xsltStylesheet *pages;
  xsltSecurityPrefs *nothing_allowed;
};

/** A page reads no file, writes none, and asks no network. */
static xsltSecurityPrefs *forbid_everything(void) {
  static const xsltSecurityOption options[] = {
      XSLT_SECPREF_READ_FILE,    XSLT_SECPREF_WRITE_FILE,    XSLT_SECPREF_CREATE_DIRECTORY,
      XSLT_SECPREF_READ_NETWORK, XSLT_SECPREF_WRITE_NETWORK,
  };
  xsltSecurityPrefs *preferences = xsltNewSecurityPrefs();
  for (size_t i = 0; preferences != NULL && i < sizeof options / sizeof *options; i++)
    xsltSetSecurityPrefs(preferences, options[i], xsltSecurityForbid);
  return preferences;
}

struct templates *templates_load(const char *directory) {
  char path[PATH_MAX];
  struct templates *templates = calloc(1, sizeof *templates);
  if (templates == NULL)
    return NULL;
  // Both libraries are set up here, before there are threads.
  xmlInitParser();
  xsltInit();
  if (snprintf(path, sizeof path, "%s/pages.xsl", directory) < (int)sizeof path)
    templates->pages = xsltParseStylesheetFile(BAD_CAST path);
  templates->nothing_allowed = forbid_everything();
  if (templates->pages != NULL && templates->nothing_allowed != NULL)
    return templates;
  fprintf(stderr, "c-server: the templates in %s can't be used\n", directory);
  templates_free(templates);
  return NULL;
}

void templates_free(struct templates *templates) {
  if (templates == NULL)
    return;
  xsltFreeStylesheet(templates->pages);
  xsltFreeSecurityPrefs(templates->nothing_allowed);
  free(templates);
  xsltCleanupGlobals();
  xmlCleanupParser();
}

int templates_render(const struct templates *templates, xmlDoc *document, xmlChar **html,
                     int *length) {
  xsltTransformContext *context = xsltNewTransformContext(templates->pages, document);
  xmlDoc *result = NULL;
  int status = -1;
  *html = NULL;
  if (context != NULL && xsltSetCtxtSecurityPrefs(templates->nothing_allowed, context) == 0)
    result = xsltApplyStylesheetUser(templates->pages, document, NULL, NULL, NULL, context);
  if (result != NULL && context->state == XSLT_STATE_OK)
    status = xsltSaveResultToString(html, length, result, templates->pages);
  xmlFreeDoc(result);
  xsltFreeTransformContext(context);
  if (status == 0 && *html != NULL)
    return 0;
  fprintf(stderr, "c-server: a page can't be made from its document\n");
  return -1;
}
