/* SPDX-License-Identifier: MIT */
/** @file cookies.c  session3/cookie.h: for hosts with a request cycle of their own. */
#include "walkthrough.h"

/** A policy that this site could have; other defaults stay. */
static session3_cookie_policy policy_of(const char *name, uint32_t flags,
                                        session3_same_site same_site) {
  session3_cookie_policy policy = SESSION3_COOKIE_POLICY_INIT;
  policy.name = name;
  policy.name_length = strlen(name);
  policy.flags = flags;
  policy.same_site = same_site;
  return policy;
}

/** Browsers drop some cookies without a word, so the policy is asked first. */
static void check(void) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_cookie_policy policy = policy_of("id", 0, SESSION3_SAME_SITE_NONE);
  answer("a cookie for all sites, over HTTP", session3_cookie_check(&policy, &error));
  printf("  %s\n", error.message);
  policy = policy_of("__Host-id", SESSION3_COOKIE_SECURE, SESSION3_SAME_SITE_STRICT);
  answer("a cookie named __Host-id, over HTTPS", session3_cookie_check(&policy, &error));
}

static void read_header(void) {
  session3_error error = SESSION3_ERROR_INIT;
  static const char header[] = "theme=dark; id=one; junk; id=\"two\"";
  const char *value;
  size_t length;
  size_t position = 0;
  printf("  the values of id:");
  while (session3_cookie_next(TEXT(header), TEXT("id"), &position, &value, &length, &error) ==
         SESSION3_OK)
    printf(" %.*s", (int)length, value);
  printf("\n");
}

static void write_headers(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_BUFFER(header);
  const session3_cookie_policy policy =
      policy_of("__Host-id", SESSION3_COOKIE_SECURE, SESSION3_SAME_SITE_STRICT);
  MUST(session3_cookie_set(NULL, TEXT("visitor-1"), 0, 0, &header, &error));
  printf("  Set-Cookie: %s\n", (const char *)header.data);
  MUST(session3_cookie_set(&policy, TEXT("visitor-1"), 86400000000, 1700000000000000, &header,
                           &error));
  printf("  Set-Cookie: %s\n", (const char *)header.data);
  MUST(session3_cookie_revoke(&policy, &header, &error));
  printf("  Set-Cookie: %s\n", (const char *)header.data);
}

void cookies(void) {
  check();
  read_header();
  write_headers();
}
