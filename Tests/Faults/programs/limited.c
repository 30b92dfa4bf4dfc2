/* SPDX-License-Identifier: MIT */
/* One process of the C library that a test orders about: a command a line on stdin, an answer a
 * line on stdout, "STATUS ERRNO" and what the command has to tell. So a test can set a limit, drop a
 * right, move the clock or fill the disk between any two calls of one process; limited.py speaks
 * with it. It opens nothing but what the library opens, and allocates nothing of its own.
 *
 * A session of this program has a number and a blob, whose bytes all follow from the number: "load"
 * tells whether it is whole. */
#include "session3_easy.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define BLOB_MAXIMUM (1 << 20)
#define WORD_MAXIMUM 8
#define DESCRIPTOR_MAXIMUM 4096

static session3_store *store;
static session3_manager *manager;
static session3_session *held; /**< by "hold", for "save" */
static session3_error failure = SESSION3_ERROR_INIT;
static int64_t hand_clock_us; /**< what an injected clock answers */
static char blob[BLOB_MAXIMUM];
static char told[4096]; /**< what a command has to tell */

static int64_t read_hand_clock(void *context) {
  (void)context;
  return hand_clock_us;
}

static int64_t number(const char *word) { return word != NULL ? strtoll(word, NULL, 10) : 0; }

static bool is(const char *word, const char *other) {
  return word != NULL && strcmp(word, other) == 0;
}

/** The status of a call of the system's own. */
static session3_status outcome(int result) {
  failure.system_errno = result < 0 ? errno : 0;
  return result < 0 ? SESSION3_E_IO : SESSION3_OK;
}

/* Sessions */

static session3_status fill(session3_session *session, int64_t n, int64_t size) {
  if (size < 0 || size > BLOB_MAXIMUM)
    return SESSION3_E_INVALID;
  memset(blob, 'a' + (int)(n % 26), (size_t)size);
  session3_status status = s3_set_int(session, "n", n, &failure);
  if (status != SESSION3_OK)
    return status;
  return session3_session_set_text(session, "blob", 4, blob, (size_t)size, &failure);
}

/** Tells a session's number, the length of its blob, its hits and its times. */
static session3_status tell(const session3_session *session) {
  const char *text = NULL;
  size_t length = 0;
  int64_t n = s3_get_int(session, "n", -1);
  session3_status status = session3_session_get_text(session, "blob", 4, &text, &length, &failure);
  for (size_t index = 0; status == SESSION3_OK && index < length; index++)
    if (text[index] != 'a' + (int)(n % 26))
      n = -2;
  snprintf(told, sizeof told, "%" PRId64 " %zu %" PRId64 " %" PRId64 " %" PRId64, n, length,
           s3_get_int(session, "hits", 0), session3_session_created_us(session),
           session3_session_accessed_us(session));
  return status;
}

static session3_status do_create(char **words) {
  S3_AUTO_SESSION(session);
  session3_status status = session3_session_new(words[0], s3_length(words[0]), &session, &failure);
  if (status == SESSION3_OK)
    status = fill(session, number(words[1]), number(words[2]));
  return status == SESSION3_OK ? session3_store_create(store, session, &failure) : status;
}

static session3_status do_load(char **words) {
  S3_AUTO_SESSION(session);
  session3_status status = s3_load(store, words[0], &session, &failure);
  return status == SESSION3_OK ? tell(session) : status;
}

static session3_status do_hold(char **words) {
  session3_session_free(held);
  return s3_load(store, words[0], &held, &failure);
}

/** Saves what is held, changed if there are a number and a size. */
static session3_status do_save(char **words) {
  session3_status status =
      words[0] != NULL ? fill(held, number(words[0]), number(words[1])) : SESSION3_OK;
  return status == SESSION3_OK ? session3_store_save(store, held, SESSION3_SAVE_DEFAULT, &failure)
                               : status;
}

static session3_status do_renew(char **words) {
  S3_AUTO_SESSION(session);
  session3_status status = s3_load(store, words[0], &session, &failure);
  if (status != SESSION3_OK)
    return status;
  status = session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, &failure);
  snprintf(told, sizeof told, "%s", s3_id(session));
  return status;
}

static session3_status do_increment(char **words) {
  int64_t result = -1;
  session3_status status = s3_increment(store, words[0], "hits", 1, &result, &failure);
  snprintf(told, sizeof told, "%" PRId64, result);
  return status;
}

static session3_status do_touch(char **words) { return s3_touch(store, words[0], &failure); }

static session3_status do_has(char **words) { return s3_has(store, words[0], &failure); }

static session3_status do_delete(char **words) { return s3_delete(store, words[0], &failure); }

static session3_status do_accessed(char **words) {
  return session3_store_set_access_time(store, words[0], s3_length(words[0]), number(words[1]),
                                        &failure);
}

/** Sweeps by an age in microseconds; tells how many went, and how many are left. */
static session3_status do_sweep(char **words) {
  uint64_t deleted = 0, remaining = 0;
  session3_status status =
      session3_store_sweep(store, number(words[0]), &deleted, &remaining, &failure);
  snprintf(told, sizeof told, "%" PRIu64 " %" PRIu64, deleted, remaining);
  return status;
}

/** Walks all sessions; tells how many were whole, and how many not to be read. */
static session3_status do_iterate(char **words) {
  (void)words;
  S3_AUTO_ITERATOR(iterator);
  int whole = 0, unread = 0;
  session3_status status = session3_store_iterate(store, &iterator, &failure), next = status;
  while (next != SESSION3_DONE && status == SESSION3_OK && unread < 1000) {
    S3_AUTO_SESSION(session);
    next = session3_iterator_next(iterator, &session, &failure);
    if (next == SESSION3_OK && tell(session) == SESSION3_OK)
      whole++;
    else if (next != SESSION3_DONE)
      unread++;
  }
  snprintf(told, sizeof told, "%d %d", whole, unread);
  return status;
}

/* Stores */

/** Opens the store at a path; further words: create, data, clock, impatient (waits half a second
 * for a lock). */
static session3_status do_open(char **words) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  for (int index = 1; words[index] != NULL; index++) {
    if (is(words[index], "create"))
      options.flags |= SESSION3_DIRECTORY_CREATE;
    if (is(words[index], "data"))
      options.sync = SESSION3_SYNC_DATA;
    if (is(words[index], "impatient"))
      options.lock_timeout_us = SECOND / 2;
    if (is(words[index], "clock"))
      options.clock = read_hand_clock;
  }
  session3_store_free(store);
  return session3_store_open_directory(words[0], s3_length(words[0]), &options, &store, &failure);
}

static session3_status do_close(char **words) {
  (void)words;
  session3_manager_free(manager);
  session3_session_free(held);
  session3_store_free(store);
  manager = NULL;
  held = NULL;
  store = NULL;
  return SESSION3_OK;
}

static session3_status do_setup(char **words) {
  (void)words;
  return session3_store_setup(store, &failure);
}

/* Requests */

/** Makes a manager: idle timeout and lifetime in seconds, and whether sessions are persistent. */
static session3_status do_manager(char **words) {
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  policy.idle_timeout_us = number(words[0]) * SECOND;
  policy.lifetime_us = number(words[1]) * SECOND;
  policy.flags = number(words[2]) != 0 ? SESSION3_MANAGER_PERSISTENT : 0;
  session3_manager_free(manager);
  return session3_manager_new(store, &policy, &manager, &failure);
}

/** What a request does to its session: read, set N SIZE, login, logout. */
static session3_status act(session3_request *request, session3_session *session, char **words) {
  if (is(words[0], "set"))
    return fill(session, number(words[1]), number(words[2]));
  if (is(words[0], "login"))
    return s3_set_user(session, "ada", &failure);
  if (is(words[0], "logout"))
    return session3_request_expire_session(request, &failure);
  return SESSION3_OK;
}

/** A whole request of a cookie ("-" for none); tells its outcome, what the cookie stood for, and the
 * header that it sets. */
static session3_status do_request(char **words) {
  session3_request *request = NULL;
  session3_session *session = NULL;
  const char *header = "";
  char cookie[256];
  int length = snprintf(cookie, sizeof cookie, "session3=%s", words[0]);
  session3_status status = session3_manager_start_request(
      manager, cookie, is(words[0], "-") ? 0 : (size_t)length, "::1", 3, &request, &failure);
  if (status == SESSION3_OK)
    status = session3_request_session(request, &session, &failure);
  if (status == SESSION3_OK)
    status = act(request, session, words + 1);
  if (status == SESSION3_OK)
    status = session3_request_finish_successful(request, &failure);
  session3_request_set_cookie(request, &header, NULL, NULL);
  snprintf(told, sizeof told, "%u %d %s", session3_request_outcome(request),
           request != NULL ? session3_request_cookie_status(request) : 0, header);
  session3_request_free(request);
  return status;
}

/* The process */

/** Sets a soft limit, which the process may lift again. */
static session3_status do_limit(char **words) {
  int resource = is(words[0], "nofile")  ? RLIMIT_NOFILE
                 : is(words[0], "fsize") ? RLIMIT_FSIZE
                                         : RLIMIT_AS;
  struct rlimit limit;
  if (getrlimit(resource, &limit) < 0)
    return outcome(-1);
  limit.rlim_cur = is(words[1], "none") ? limit.rlim_max : (rlim_t)number(words[1]);
  return outcome(setrlimit(resource, &limit));
}

/** Takes all memory that is to be had, in blocks that get smaller, and gives back the last few. */
static session3_status do_hoard(char **words) {
  static void *last; /* each block begins with the address of the one before */
  int64_t spare = number(words[0]);
  for (size_t size = 1 << 16; size >= sizeof(void *); size /= 2) {
    void **block;
    while ((block = malloc(size)) != NULL) {
      *block = last;
      last = block;
    }
  }
  for (; spare > 0 && last != NULL; spare--) {
    void *block = last;
    last = *(void **)last;
    free(block);
  }
  return SESSION3_OK;
}

static session3_status do_ignore_sigxfsz(char **words) {
  (void)words;
  return outcome(signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -1 : 0);
}

/** Is another user, for good, with no group but that of the same number. */
static session3_status do_become(char **words) {
  gid_t group = (gid_t)number(words[0]);
  if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0)
    return outcome(-1);
  return outcome(setresuid(group, group, group));
}

static session3_status do_chdir(char **words) { return outcome(chdir(words[0])); }

/** Tells how many descriptors are open. */
static session3_status do_descriptors(char **words) {
  (void)words;
  int count = 0;
  for (int descriptor = 0; descriptor < DESCRIPTOR_MAXIMUM; descriptor++)
    count += fcntl(descriptor, F_GETFD) >= 0;
  snprintf(told, sizeof told, "%d", count);
  return SESSION3_OK;
}

/** Sets what the injected clock answers, in microseconds. */
static session3_status do_clock(char **words) {
  hand_clock_us = number(words[0]);
  return SESSION3_OK;
}

/** Tells the time of the system's clock, in microseconds. */
static session3_status do_time(char **words) {
  (void)words;
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  snprintf(told, sizeof told, "%" PRId64, (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000);
  return outcome(result);
}

static const struct command {
  const char *name;
  session3_status (*run)(char **words);
} commands[] = {
    {"create", do_create},
    {"load", do_load},
    {"hold", do_hold},
    {"save", do_save},
    {"renew", do_renew},
    {"increment", do_increment},
    {"touch", do_touch},
    {"has", do_has},
    {"delete", do_delete},
    {"accessed", do_accessed},
    {"sweep", do_sweep},
    {"iterate", do_iterate},
    {"open", do_open},
    {"close", do_close},
    {"setup", do_setup},
    {"manager", do_manager},
    {"request", do_request},
    {"limit", do_limit},
    {"hoard", do_hoard},
    {"ignore-sigxfsz", do_ignore_sigxfsz},
    {"become", do_become},
    {"chdir", do_chdir},
    {"descriptors", do_descriptors},
    {"clock", do_clock},
    {"time", do_time},
};

static void run(char *line) {
  char *words[WORD_MAXIMUM + 1] = {NULL}, *rest = NULL;
  int count = 0;
  char *word = strtok_r(line, " \n", &rest);
  while (word != NULL && count < WORD_MAXIMUM) {
    words[count++] = word;
    word = strtok_r(NULL, " \n", &rest);
  }
  told[0] = 0;
  failure.system_errno = 0;
  for (size_t index = 0; index < sizeof commands / sizeof commands[0]; index++) {
    if (!is(words[0], commands[index].name))
      continue;
    session3_status status = commands[index].run(words + 1);
    printf("%d %d %s\n", status, status < 0 ? failure.system_errno : 0, told);
    return;
  }
  printf("unknown command\n");
}

int main(void) {
  static char line[8192], in[8192], out[8192];
  setvbuf(stdin, in, _IOFBF, sizeof in);
  setvbuf(stdout, out, _IOLBF, sizeof out);
  while (fgets(line, sizeof line, stdin) != NULL) run(line);
  return 0;
}
