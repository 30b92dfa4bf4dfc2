/* SPDX-License-Identifier: MIT */
/* Cookies: policies that browsers keep, reading Cookie headers, writing Set-Cookie. */
#include "Support/check.h"

#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/** A policy in which the text fields are literals or NULL. */
static session3_cookie_policy policy_of(uint32_t flags, session3_same_site same_site,
                                        const char *name, const char *path, const char *domain) {
  session3_cookie_policy policy = SESSION3_COOKIE_POLICY_INIT;
  policy.flags = flags;
  policy.same_site = same_site;
  policy.name = name;
  policy.name_length = name != NULL ? strlen(name) : 0;
  policy.path = path;
  policy.path_length = path != NULL ? strlen(path) : 0;
  policy.domain = domain;
  policy.domain_length = domain != NULL ? strlen(domain) : 0;
  return policy;
}

/** Fails the test unless all three functions that take the policy refuse it by that rule. */
static void assert_refused(const session3_cookie_policy *policy, const char *rule) {
  session3_buffer header = SESSION3_BUFFER_INIT;
  assert_ok(session3_buffer_assign(&header, TEXT("before"), ERR));
  assert_invalid(session3_cookie_check(policy, ERR));
  assert_message_names(rule);
  assert_invalid(session3_cookie_set(policy, TEXT(ALICE), 0, 0, &header, ERR));
  assert_message_names(rule);
  assert_invalid(session3_cookie_revoke(policy, &header, ERR));
  assert_message_names(rule);
  assert_string_equal(header.data, "before");
  session3_buffer_dispose(&header);
}

static void assert_set(const session3_cookie_policy *policy, int64_t lifetime_us, int64_t now_us,
                       const char *expected) {
  session3_buffer header = SESSION3_BUFFER_INIT;
  assert_ok(session3_cookie_set(policy, TEXT(ALICE), lifetime_us, now_us, &header, ERR));
  assert_string_equal(header.data, expected);
  assert_int_equal(header.length, strlen(expected));
  session3_buffer_dispose(&header);
}

static void assert_revoked(const session3_cookie_policy *policy, const char *expected) {
  session3_buffer header = SESSION3_BUFFER_INIT;
  assert_ok(session3_cookie_revoke(policy, &header, ERR));
  assert_string_equal(header.data, expected);
  assert_int_equal(header.length, strlen(expected));
  session3_buffer_dispose(&header);
}

static void no_policy_is_that_of_all_defaults(void **state) {
  (void)state;
  const session3_cookie_policy zero = SESSION3_COOKIE_POLICY_INIT;
  const session3_cookie_policy named = policy_of(0, SESSION3_SAME_SITE_LAX, "session3", "/", NULL);
  const session3_cookie_policy *const policies[] = {NULL, &zero, &named};
  for (size_t index = 0; index < 3; index++) {
    assert_ok(session3_cookie_check(policies[index], ERR));
    assert_set(policies[index], 0, 0, "session3=" ALICE "; Path=/; HttpOnly; SameSite=Lax");
    assert_revoked(policies[index], "session3=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                                    "Path=/; HttpOnly; SameSite=Lax");
  }
}

static void every_field_and_flag_is_an_attribute(void **state) {
  (void)state;
  session3_cookie_policy policy = policy_of(SESSION3_COOKIE_SECURE | SESSION3_COOKIE_PARTITIONED,
                                            SESSION3_SAME_SITE_NONE, "id", "/app", ".example.com");
  assert_set(&policy, 2 * SECOND, 0,
             "id=" ALICE "; Max-Age=2; Expires=Thu, 01 Jan 1970 00:00:02 GMT; Domain=example.com; "
             "Path=/app; Secure; HttpOnly; SameSite=None; Partitioned");
  assert_revoked(&policy, "id=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                          "Domain=example.com; Path=/app; Secure; HttpOnly; SameSite=None; "
                          "Partitioned");
  policy.flags = SESSION3_COOKIE_SCRIPTABLE;
  policy.same_site = SESSION3_SAME_SITE_STRICT;
  assert_set(&policy, 0, 0, "id=" ALICE "; Domain=example.com; Path=/app; SameSite=Strict");
  policy.same_site = SESSION3_SAME_SITE_UNSET;
  assert_set(&policy, 0, 0, "id=" ALICE "; Domain=example.com; Path=/app");
}

static void text_of_a_policy_needs_no_nul(void **state) {
  (void)state;
  session3_cookie_policy policy = policy_of(0, 0, "idX", "/appX", "example.comX");
  policy.name_length--;
  policy.path_length--;
  policy.domain_length--;
  assert_set(&policy, 0, 0, "id=" ALICE "; Domain=example.com; Path=/app; HttpOnly; SameSite=Lax");
}

static void what_browsers_drop_is_refused_by_its_rule(void **state) {
  (void)state;
  const uint32_t secure = SESSION3_COOKIE_SECURE, scripts = SESSION3_COOKIE_SCRIPTABLE;
  const struct {
    session3_cookie_policy policy;
    const char *rule;
  } refused[] = {
      {policy_of(0, 0, "", NULL, NULL), "name is no token"},
      {policy_of(0, 0, "a b", NULL, NULL), "name is no token"},
      {policy_of(0, 0, "a=", NULL, NULL), "name is no token"},
      {policy_of(0, 0, "a;", NULL, NULL), "name is no token"},
      {policy_of(0, 0, "a\r\n", NULL, NULL), "name is no token"},
      {policy_of(0, 0, "\xc3\xa9", NULL, NULL), "name is no token"},
      {policy_of(0, 0, "a\xff", NULL, NULL), "name is no token"},
      {policy_of(0, 0, NULL, "", NULL), "slash"},
      {policy_of(0, 0, NULL, "app", NULL), "slash"},
      {policy_of(0, 0, NULL, "/;", NULL), "semicolon"},
      {policy_of(0, 0, NULL, "/\n", NULL), "control character"},
      {policy_of(0, 0, NULL, "/\xc3\xa9", NULL), "non-ASCII"},
      {policy_of(0, 0, NULL, "/\x80", NULL), "non-ASCII"},
      {policy_of(0, 0, NULL, NULL, ""), "no host name"},
      {policy_of(0, 0, NULL, NULL, "a..b"), "no host name"},
      {policy_of(0, 0, NULL, NULL, "a;b"), "no host name"},
      {policy_of(0, 0, NULL, NULL, "\xff.com"), "no host name"},
      {policy_of(0, SESSION3_SAME_SITE_NONE, NULL, NULL, NULL), "SameSite=None"},
      {policy_of(SESSION3_COOKIE_PARTITIONED, 0, NULL, NULL, NULL), "Partitioned"},
      {policy_of(0, 0, "__Secure-id", NULL, NULL), "must be Secure"},
      {policy_of(0, 0, "__Host-id", NULL, NULL), "must be Secure"},
      {policy_of(0, 0, "__http-id", NULL, NULL), "must be Secure"},
      {policy_of(0, 0, "__Host-Http-id", NULL, NULL), "must be Secure"},
      {policy_of(secure, 0, "__Host-id", NULL, "example.com"), "no domain"},
      {policy_of(secure, 0, "__HOST-id", "/app", NULL), "path /"},
      {policy_of(secure | scripts, 0, "__Http-id", NULL, NULL), "HttpOnly"},
      {policy_of(secure | scripts, 0, "__Host-Http-id", NULL, NULL), "HttpOnly"},
      {policy_of(secure, 0, "__Host-Http-id", "/app", NULL), "path /"},
      {policy_of(8, 0, NULL, NULL, NULL), "unknown flag"},
      {policy_of(UINT32_C(1) << 31, 0, NULL, NULL, NULL), "unknown flag"},
      {policy_of(0, 5, NULL, NULL, NULL), "unknown SameSite"},
      {policy_of(0, UINT32_MAX, NULL, NULL, NULL), "unknown SameSite"},
  };
  for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++) {
    assert_refused(&refused[index].policy, refused[index].rule);
  }
}

static void what_browsers_keep_passes(void **state) {
  (void)state;
  const uint32_t secure = SESSION3_COOKIE_SECURE, scripts = SESSION3_COOKIE_SCRIPTABLE;
  const session3_cookie_policy kept[] = {
      policy_of(0, 0, "!#$%&'*+-.^_`|~", "/a b", "a.b"),
      policy_of(scripts, SESSION3_SAME_SITE_UNSET, NULL, NULL, "localhost"),
      policy_of(secure, SESSION3_SAME_SITE_NONE, NULL, NULL, NULL),
      policy_of(secure | SESSION3_COOKIE_PARTITIONED, 0, NULL, NULL, NULL),
      policy_of(secure | scripts, 0, "__Secure-id", "/app", "a.b"),
      policy_of(secure | scripts, 0, "__Host-id", NULL, NULL),
      policy_of(secure, 0, "__Http-id", "/app", "a.b"),
      policy_of(secure, 0, "__Host-Http-id", "/", NULL),
      policy_of(scripts, 0, "__Hostid", "/app", "a.b"),
  };
  for (size_t index = 0; index < sizeof kept / sizeof kept[0]; index++) {
    assert_ok(session3_cookie_check(&kept[index], ERR));
  }
}

static void text_of_more_than_1024_bytes_is_refused(void **state) {
  (void)state;
  char text[1025];
  memset(text, 'a', sizeof text);
  session3_cookie_policy name = SESSION3_COOKIE_POLICY_INIT;
  name.name = text;
  name.name_length = 1024;
  assert_ok(session3_cookie_check(&name, ERR));
  name.name_length = 1025;
  assert_refused(&name, "1,024");
  name.name_length = SIZE_MAX / 2;
  assert_refused(&name, "1,024");
  name.name_length = SIZE_MAX;
  assert_refused(&name, "longer than memory");

  text[0] = '/';
  session3_cookie_policy path = SESSION3_COOKIE_POLICY_INIT;
  path.path = text;
  path.path_length = 1024;
  assert_ok(session3_cookie_check(&path, ERR));
  path.path_length = 1025;
  assert_refused(&path, "1,024");

  session3_cookie_policy domain = SESSION3_COOKIE_POLICY_INIT;
  domain.domain = text;
  domain.domain_length = 1025;
  assert_refused(&domain, "1,024");
}

static void a_length_without_text_is_refused(void **state) {
  (void)state;
  session3_cookie_policy policy = SESSION3_COOKIE_POLICY_INIT;
  policy.name_length = 1;
  assert_refused(&policy, "NULL");
  policy = policy_of(0, 0, NULL, NULL, NULL);
  policy.path_length = 1;
  assert_refused(&policy, "NULL");
  policy = policy_of(0, 0, NULL, NULL, NULL);
  policy.domain_length = 1;
  assert_refused(&policy, "NULL");
}

static void a_policy_says_its_size(void **state) {
  (void)state;
  struct {
    session3_cookie_policy policy;
    char later[16];
  } larger = {SESSION3_COOKIE_POLICY_INIT, {0}};
  const size_t wrong[] = {0, 8, sizeof(session3_cookie_policy) - 1, 4097, SIZE_MAX};
  for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
    larger.policy.size = wrong[index];
    assert_refused(&larger.policy, "size is wrong");
  }
  larger.policy.size = sizeof larger;
  assert_ok(session3_cookie_check(&larger.policy, ERR));
  larger.later[15] = 1;
  assert_refused(&larger.policy, "later version");
  larger.policy.size = sizeof larger - 1;
  assert_ok(session3_cookie_check(&larger.policy, ERR));
}

/** Fails the test unless the values of "a" are those, ended by NULL. */
static void assert_values(const char *header, size_t length, const char *const *expected) {
  size_t position = 0;
  for (; *expected != NULL; expected++) {
    const char *value = NULL;
    size_t value_length = SIZE_MAX;
    assert_ok(session3_cookie_next(header, length, "a", 1, &position, &value, &value_length, ERR));
    assert_int_equal(value_length, strlen(*expected));
    assert_memory_equal(value, *expected, value_length);
    assert_true(value >= header && value + value_length <= header + length);
  }
  size_t before = position;
  const char *value = "untouched";
  size_t value_length = 4711;
  for (int again = 0; again < 2; again++) {
    assert_status(
        session3_cookie_next(header, length, "a", 1, &position, &value, &value_length, ERR),
        SESSION3_DONE);
    assert_int_equal(position, before);
    assert_string_equal(value, "untouched");
    assert_int_equal(value_length, 4711);
  }
}

#define ASSERT_VALUES(literal, ...) \
  assert_values(TEXT(literal), (const char *const[]){__VA_ARGS__, NULL})
#define ASSERT_NO_VALUE(literal) assert_values(TEXT(literal), (const char *const[]){NULL})

static void values_of_one_name_come_one_after_another(void **state) {
  (void)state;
  ASSERT_VALUES("a=1", "1");
  ASSERT_VALUES("a=1; b=2; a=3;a=", "1", "3", "");
  ASSERT_VALUES("x; a = \"1\" ;\ta=\"\"; a=\"; =a; A=4; a=5=6", "1", "", "\"", "5=6");
  ASSERT_VALUES("xa=1; ax=2; $a=3; a=\xff\x01", "\xff\x01");
  ASSERT_NO_VALUE("");
  ASSERT_NO_VALUE(";;;");
  ASSERT_NO_VALUE("a; b=a=1; \0a=2; a\0=3");
}

static void a_cookie_that_ends_beyond_the_limit_is_not_seen(void **state) {
  (void)state;
  enum { LENGTH = 100000 };
  const char text[] = {'a', '=', '1', ';', 'a', '=', '2'};
  char *header = malloc(LENGTH);
  assert_non_null(header);
  memset(header, ' ', LENGTH);
  memcpy(header + SESSION3_COOKIE_HEADER_MAXIMUM - 3, text, sizeof text);
  assert_values(header, SESSION3_COOKIE_HEADER_MAXIMUM, (const char *const[]){"1", NULL});
  assert_values(header, LENGTH, (const char *const[]){"1", NULL});
  memset(header, ' ', LENGTH);
  memcpy(header + SESSION3_COOKIE_HEADER_MAXIMUM - 2, text, sizeof text);
  assert_values(header, SESSION3_COOKIE_HEADER_MAXIMUM + 1, (const char *const[]){NULL});
  assert_values(header, LENGTH, (const char *const[]){NULL});
  free(header);
}

static void a_position_past_the_end_finds_nothing(void **state) {
  (void)state;
  const size_t positions[] = {8,       9, SESSION3_COOKIE_HEADER_MAXIMUM + 1, 1 << 20, SIZE_MAX / 2,
                              SIZE_MAX};
  for (size_t index = 0; index < sizeof positions / sizeof positions[0]; index++) {
    size_t position = positions[index], length;
    const char *value;
    assert_status(session3_cookie_next(TEXT("a=1; a=2"), "a", 1, &position, &value, &length, ERR),
                  SESSION3_DONE);
    assert_int_equal(position, positions[index]);
  }
}

static void reading_with_a_null_or_a_length_beyond_memory_is_refused(void **state) {
  (void)state;
  size_t position = 0, length = 4711;
  const char *value = "untouched";
  assert_invalid(session3_cookie_next(NULL, 0, "a", 1, &position, &value, &length, ERR));
  assert_invalid(session3_cookie_next(NULL, 3, "a", 1, &position, &value, &length, ERR));
  assert_invalid(session3_cookie_next(TEXT("a=1"), NULL, 0, &position, &value, &length, ERR));
  assert_invalid(session3_cookie_next(TEXT("a=1"), NULL, 1, &position, &value, &length, ERR));
  assert_invalid(session3_cookie_next(TEXT("a=1"), "a", 1, NULL, &value, &length, ERR));
  assert_invalid(session3_cookie_next(TEXT("a=1"), "a", 1, &position, NULL, &length, ERR));
  assert_invalid(session3_cookie_next(TEXT("a=1"), "a", 1, &position, &value, NULL, ERR));
  assert_invalid(session3_cookie_next("a=1", SIZE_MAX, "a", 1, &position, &value, &length, ERR));
  assert_invalid(session3_cookie_next(TEXT("a=1"), "a", SIZE_MAX, &position, &value, &length, ERR));
  assert_int_equal(session3_cookie_next(NULL, 0, "a", 1, &position, &value, &length, NULL),
                   SESSION3_E_INVALID);
  assert_int_equal(position, 0);
  assert_int_equal(length, 4711);
  assert_string_equal(value, "untouched");
}

static void the_lifetime_is_one_second_to_400_days(void **state) {
  (void)state;
#define REST "; Path=/; HttpOnly; SameSite=Lax"
#define SET "session3=" ALICE "; Max-Age="
  assert_set(NULL, 1, 0, SET "1; Expires=Thu, 01 Jan 1970 00:00:01 GMT" REST);
  assert_set(NULL, SECOND / 2, 0, SET "1; Expires=Thu, 01 Jan 1970 00:00:01 GMT" REST);
  assert_set(NULL, 2 * SECOND - 1, -SECOND, SET "1; Expires=Thu, 01 Jan 1970 00:00:00 GMT" REST);
  const int64_t longer[] = {400 * DAY, 401 * DAY, INT64_MAX};
  for (size_t index = 0; index < 3; index++) {
    assert_set(NULL, longer[index], INT64_C(951782400) * SECOND,
               SET "34560000; Expires=Wed, 04 Apr 2001 00:00:00 GMT" REST);
  }
  assert_set(NULL, INT64_MAX, INT64_MAX,
             SET "34560000; Expires=Fri, 31 Dec 9999 23:59:59 GMT" REST);
  assert_set(NULL, 0, INT64_MIN, "session3=" ALICE REST);
  session3_buffer header = SESSION3_BUFFER_INIT;
  assert_invalid(session3_cookie_set(NULL, TEXT(ALICE), -1, 0, &header, ERR));
  assert_message_names("negative");
  assert_invalid(session3_cookie_set(NULL, TEXT(ALICE), INT64_MIN, 0, &header, ERR));
  assert_null(header.data);
}

static void only_an_id_is_set(void **state) {
  (void)state;
  session3_buffer header = SESSION3_BUFFER_INIT;
  char longest[SESSION3_ID_MAXIMUM + 1];
  memset(longest, 'x', sizeof longest);
  assert_ok(session3_cookie_set(NULL, longest, SESSION3_ID_MAXIMUM, 0, 0, &header, ERR));
  assert_memory_equal((const char *)header.data + 9, longest, SESSION3_ID_MAXIMUM);
  session3_buffer_dispose(&header);
  assert_invalid(session3_cookie_set(NULL, longest, sizeof longest, 0, 0, &header, ERR));
  assert_invalid(session3_cookie_set(NULL, "", 0, 0, 0, &header, ERR));
  assert_invalid(session3_cookie_set(NULL, NULL, 0, 0, 0, &header, ERR));
  assert_invalid(session3_cookie_set(NULL, NULL, 5, 0, 0, &header, ERR));
  assert_invalid(session3_cookie_set(NULL, TEXT("SECRET; Domain=evil"), 0, 0, &header, ERR));
  assert_invalid(session3_cookie_set(NULL, TEXT("SECRET\r\n"), 0, 0, &header, ERR));
  assert_invalid(session3_cookie_set(NULL, "SECRET", SIZE_MAX, 0, 0, &header, ERR));
  assert_null(header.data);
}

static void the_header_goes_to_an_initialized_buffer(void **state) {
  (void)state;
  session3_buffer raw = {0, NULL, 0};
  assert_invalid(session3_cookie_set(NULL, TEXT(ALICE), 0, 0, &raw, ERR));
  assert_invalid(session3_cookie_set(NULL, TEXT(ALICE), 0, 0, NULL, ERR));
  assert_invalid(session3_cookie_revoke(NULL, &raw, ERR));
  assert_invalid(session3_cookie_revoke(NULL, NULL, ERR));
  assert_null(raw.data);
  session3_buffer header = SESSION3_BUFFER_INIT;
  assert_ok(session3_cookie_set(NULL, TEXT(ALICE), 0, 0, &header, ERR));
  assert_ok(session3_cookie_revoke(NULL, &header, ERR));
  assert_memory_equal(header.data, "session3=; ", 11);
  session3_buffer_dispose(&header);
}

static void what_is_set_is_read_back(void **state) {
  (void)state;
  session3_buffer header = SESSION3_BUFFER_INIT;
  const session3_cookie_policy policy = policy_of(0, 0, "a", NULL, NULL);
  assert_ok(session3_cookie_set(&policy, TEXT(ALICE), DAY, 0, &header, ERR));
  const char *end = strchr(header.data, ';');
  assert_non_null(end);
  assert_values(header.data, (size_t)(end - (const char *)header.data),
                (const char *const[]){ALICE, NULL});
  session3_buffer_dispose(&header);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_policy_is_that_of_all_defaults),
      cmocka_unit_test(every_field_and_flag_is_an_attribute),
      cmocka_unit_test(text_of_a_policy_needs_no_nul),
      cmocka_unit_test(what_browsers_drop_is_refused_by_its_rule),
      cmocka_unit_test(what_browsers_keep_passes),
      cmocka_unit_test(text_of_more_than_1024_bytes_is_refused),
      cmocka_unit_test(a_length_without_text_is_refused),
      cmocka_unit_test(a_policy_says_its_size),
      cmocka_unit_test(values_of_one_name_come_one_after_another),
      cmocka_unit_test(a_cookie_that_ends_beyond_the_limit_is_not_seen),
      cmocka_unit_test(a_position_past_the_end_finds_nothing),
      cmocka_unit_test(reading_with_a_null_or_a_length_beyond_memory_is_refused),
      cmocka_unit_test(the_lifetime_is_one_second_to_400_days),
      cmocka_unit_test(only_an_id_is_set),
      cmocka_unit_test(the_header_goes_to_an_initialized_buffer),
      cmocka_unit_test(what_is_set_is_read_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
