/* SPDX-License-Identifier: MIT */
/* Drives libsession3 from C as Peers/worker.py drives the other stores: peer_worker DIRECTORY
 * Reads requests, a line of words each, ids in hexadecimal and "-" for an empty one; answers each
 * with a line of JSON. */
#include "session3_easy_manager.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MICROSECONDS 1000000
#define WORDS 8
/* Saves of a child before its life is in danger, as in worker.py. */
#define WARM 3

struct worker {
  const char *directory;
  session3_store *store;
  session3_store *past; /* the same directory by a clock that is behind */
  int64_t behind_us;
  session3_session *held;
  session3_error error;
};

/** An id of the public's may hold a NUL. */
struct id {
  char bytes[16384];
  size_t length;
};

static const char *const keys[] = {"n", "payload", "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"};

static int64_t now_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

static int64_t past_us(void *context) {
  return now_us(CLOCK_REALTIME) - ((const struct worker *)context)->behind_us;
}

static void sleep_us(int64_t us) {
  struct timespec time = {.tv_sec = us / MICROSECONDS, .tv_nsec = us % MICROSECONDS * 1000};
  nanosleep(&time, NULL);
}

static void id_of(const char *word, struct id *id) {
  id->length = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
  if (id->length >= sizeof id->bytes)
    id->length = sizeof id->bytes - 1;
  for (size_t at = 0; at < id->length; at++) {
    char digits[] = {word[2 * at], word[2 * at + 1], 0};
    id->bytes[at] = (char)strtol(digits, NULL, 16);
  }
  id->bytes[id->length] = 0;
}

static session3_status load(struct worker *worker, const struct id *id, session3_session **out) {
  return session3_store_load(worker->store, id->bytes, id->length, out, &worker->error);
}

static session3_status save(struct worker *worker, session3_session *session,
                            session3_save_policy policy) {
  return session3_store_save(worker->store, session, policy, &worker->error);
}

static void answer_values(const session3_session *session) {
  const char *separator = "";
  printf("{\"values\": {");
  for (size_t at = 0; at < sizeof keys / sizeof *keys; at++) {
    int64_t number;
    S3_AUTO_BUFFER(text);
    if (s3_read(session, keys[at], &number, NULL) == SESSION3_OK)
      printf("%s\"%s\": %lld", separator, keys[at], (long long)number);
    else if (s3_read(session, keys[at], &text, NULL) == SESSION3_OK)
      printf("%s\"%s\": \"%s\"", separator, keys[at], (const char *)text.data);
    else
      continue;
    separator = ", ";
  }
  puts("}}");
}

/** Answers a failure, and {} or what was printed before otherwise. */
static session3_status answer_failure(session3_status status) {
  if (status != SESSION3_OK)
    printf("{\"raised\": \"%s\", \"message\": \"\"}\n", session3_status_text(status));
  return status;
}

static session3_status make(struct worker *worker, session3_store *store, struct id *id) {
  S3_AUTO_SESSION(session);
  session3_status status = s3_new(&session, &worker->error);
  if (status == SESSION3_OK)
    status = s3_set(session, "n", 0, &worker->error);
  if (status == SESSION3_OK)
    status = s3_save(store, session, &worker->error);
  if (status == SESSION3_OK)
    id->length = (size_t)snprintf(id->bytes, sizeof id->bytes, "%s", s3_id(session));
  return status;
}

static void do_create(struct worker *worker, char **words) {
  struct id id;
  (void)words;
  if (answer_failure(make(worker, worker->store, &id)) == SESSION3_OK)
    printf("{\"id\": \"%s\"}\n", id.bytes);
}

static void do_path(struct worker *worker, char **words) {
  struct id id;
  id_of(words[1], &id);
  printf("{\"path\": \"%s/%s\"}\n", worker->directory, id.bytes);
}

static void do_load(struct worker *worker, char **words) {
  struct id id;
  id_of(words[1], &id);
  session3_session_free(worker->held);
  session3_status status = load(worker, &id, &worker->held);
  if (status == SESSION3_NOT_FOUND)
    puts("{\"values\": null}");
  else if (answer_failure(status) == SESSION3_OK)
    answer_values(worker->held);
}

static void do_save(struct worker *worker, char **words) {
  session3_status status = s3_set(worker->held, words[1], (const char *)words[2], &worker->error);
  if (status == SESSION3_OK)
    status = save(worker, worker->held, SESSION3_SAVE_DEFAULT);
  if (answer_failure(status) == SESSION3_OK)
    puts("{\"saved\": true}");
}

static void do_delete(struct worker *worker, char **words) {
  struct id id;
  id_of(words[1], &id);
  if (answer_failure(s3_delete(worker->store, id.bytes, &worker->error)) == SESSION3_OK)
    puts("{}");
}

static session3_status sweep(struct worker *worker, const char *seconds) {
  return s3_expire(worker->store, strtoll(seconds, NULL, 10), NULL, NULL, &worker->error);
}

static void do_sweep(struct worker *worker, char **words) {
  if (answer_failure(sweep(worker, words[1])) == SESSION3_OK)
    puts("{}");
}

static void do_sweeps(struct worker *worker, char **words) {
  int64_t end = now_us(CLOCK_MONOTONIC) + (int64_t)(strtod(words[2], NULL) * MICROSECONDS);
  session3_status status = SESSION3_OK;
  int done = 0;
  for (; status == SESSION3_OK && now_us(CLOCK_MONOTONIC) < end; done++)
    status = sweep(worker, words[1]);
  if (answer_failure(status) == SESSION3_OK)
    printf("{\"done\": %d, \"raised\": {}}\n", done);
}

/** A request of the manager's cycle that logs in, or counts. */
static session3_status visit(struct worker *worker, const struct id *cookie, struct id *id) {
  static char header[20000];
  session3_error *error = &worker->error;
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  size_t length = 0;
  if (cookie->length > 0) {
    length = (size_t)snprintf(header, sizeof header, "%s=", "session3");
    memcpy(header + length, cookie->bytes, cookie->length);
    length += cookie->length;
  }
  session3_status status = s3_manager_new(worker->store, NULL, &manager, error);
  if (status == SESSION3_OK)
    status = session3_manager_start_request(manager, header, length, NULL, 0, &request, error);
  if (status == SESSION3_OK)
    status = s3_set_user(s3_request_session(request), "somebody", error);
  if (status == SESSION3_OK)
    status = s3_finish(request, error);
  const char *after = status == SESSION3_OK ? s3_id(s3_request_session(request)) : NULL;
  snprintf(id->bytes, sizeof id->bytes, "%s", after != NULL ? after : "");
  return status;
}

static void do_visit(struct worker *worker, char **words) {
  struct id cookie;
  struct id id;
  id_of(words[1], &cookie);
  if (answer_failure(visit(worker, &cookie, &id)) == SESSION3_OK)
    printf("{\"id\": \"%s\"}\n", id.bytes);
}

static session3_status add_by_saving(struct worker *worker, const struct id *id, const char *key,
                                     int64_t pause_us, session3_save_policy policy) {
  S3_AUTO_SESSION(session);
  session3_status status = load(worker, id, &session);
  if (status != SESSION3_OK)
    return status;
  int64_t number = s3_get_int(session, key, 0);
  sleep_us(pause_us);
  status = s3_set(session, key, number + 1, &worker->error);
  return status == SESSION3_OK ? save(worker, session, policy) : status;
}

/** Adds by a way: increment, retry or save. */
static session3_status add(struct worker *worker, const struct id *id, const char *key,
                           int64_t pause_us, const char *way) {
  if (strcmp(way, "increment") == 0)
    return s3_increment(worker->store, id->bytes, key, 1, NULL, &worker->error);
  if (strcmp(way, "save") == 0)
    return add_by_saving(worker, id, key, pause_us, SESSION3_SAVE_DEFAULT);
  session3_status status;
  do {
    status = add_by_saving(worker, id, key, pause_us, SESSION3_SAVE_FAIL);
  } while (status == SESSION3_E_CONFLICT);
  return status;
}

static void do_count(struct worker *worker, char **words) {
  struct id id;
  id_of(words[1], &id);
  long times = strtol(words[3], NULL, 10);
  long acknowledged = 0;
  int64_t pause_us = (int64_t)(strtod(words[4], NULL) * MICROSECONDS);
  int64_t begin = now_us(CLOCK_MONOTONIC);
  int64_t longest = 0;
  for (long done = 0; done < times; done++) {
    int64_t start = now_us(CLOCK_MONOTONIC);
    if (add(worker, &id, words[2], pause_us, words[5]) == SESSION3_OK)
      acknowledged++;
    int64_t took = now_us(CLOCK_MONOTONIC) - start;
    longest = took > longest ? took : longest;
  }
  printf("{\"acknowledged\": %ld, \"raised\": {\"failures\": %ld}, \"seconds\": %f, "
         "\"longest\": %f}\n",
         acknowledged, times - acknowledged,
         (double)(now_us(CLOCK_MONOTONIC) - begin) / MICROSECONDS, (double)longest / MICROSECONDS);
}

static _Noreturn void write_for_ever(struct worker *worker, const struct id *id, const char *text,
                                     int output) {
  static char payload[200000];
  S3_AUTO_SESSION(session);
  size_t length = strlen(text);
  if (load(worker, id, &session) != SESSION3_OK)
    _exit(1);
  for (size_t number = 1;; number++) {
    size_t turn = number % length;
    snprintf(payload, sizeof payload, "%zu:%s%.*s", number, text + turn, (int)turn, text);
    if (s3_set_text(session, "payload", payload, &worker->error) != SESSION3_OK ||
        save(worker, session, SESSION3_SAVE_DEFAULT) != SESSION3_OK)
      _exit(1);
    /* The first line says that there is something to kill. */
    if (number >= WARM)
      dprintf(output, "%zu\n", number);
  }
}

/** The whole text of a small file; the caller frees it. */
static char *read_text(const char *path) {
  FILE *file = fopen(path, "r");
  char *text = NULL;
  size_t capacity = 0;
  if (file == NULL || getdelim(&text, &capacity, 0, file) < 0)
    exit(1);
  fclose(file);
  return text;
}

static void do_kill(struct worker *worker, char **words) {
  struct id id;
  int pipes[2];
  long long acknowledged = 0;
  id_of(words[1], &id);
  char *text = read_text(words[2]);
  if (pipe(pipes) != 0)
    exit(1);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0)
    write_for_ever(worker, &id, text, pipes[1]);
  free(text);
  close(pipes[1]);
  FILE *lines = fdopen(pipes[0], "r");
  char line[32];
  if (lines == NULL || fgets(line, sizeof line, lines) == NULL)
    exit(1);
  acknowledged = strtoll(line, NULL, 10);
  sleep_us((int64_t)(strtod(words[3], NULL) * MICROSECONDS));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  while (fgets(line, sizeof line, lines) != NULL) acknowledged = strtoll(line, NULL, 10);
  fclose(lines);
  printf("{\"acknowledged\": %lld}\n", acknowledged);
}

/** Makes a session's file look unused for so long. */
static bool age(const struct worker *worker, const struct id *id, int64_t seconds) {
  char path[20000];
  struct stat status;
  snprintf(path, sizeof path, "%s/%s", worker->directory, id->bytes);
  if (stat(path, &status) != 0)
    return false;
  struct timespec times[] = {status.st_atim, status.st_mtim};
  times[1].tv_sec -= seconds;
  return utimensat(AT_FDCWD, path, times, 0) == 0;
}

enum found { KEPT, OLD, GONE, REFUSED, NOT_LOADED, FOUND };

static enum found refresh(struct worker *worker, const struct id *id, int64_t seconds) {
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(after);
  if (load(worker, id, &session) != SESSION3_OK || !age(worker, id, seconds))
    return NOT_LOADED;
  /* Sometimes not at all, so that the sweep is in the midst of it. */
  if (id->bytes[0] % 2 == 0)
    sleep_us(INT64_C(10) * (id->bytes[1] % 30));
  if (s3_set(session, "n", 1, &worker->error) != SESSION3_OK ||
      save(worker, session, SESSION3_SAVE_DEFAULT) != SESSION3_OK)
    return REFUSED;
  if (load(worker, id, &after) != SESSION3_OK)
    return GONE;
  return s3_get_int(after, "n", 0) == 1 ? KEPT : OLD;
}

static void do_refresh(struct worker *worker, char **words) {
  int counts[FOUND] = {0};
  long rounds = strtol(words[1], NULL, 10);
  worker->behind_us = strtoll(words[2], NULL, 10) * MICROSECONDS;
  for (long round = 0; round < rounds; round++) {
    struct id id;
    if (answer_failure(make(worker, worker->past, &id)) != SESSION3_OK)
      return;
    counts[refresh(worker, &id, worker->behind_us / MICROSECONDS)]++;
    s3_delete(worker->store, id.bytes, NULL);
  }
  printf("{\"found\": {\"kept\": %d, \"old\": %d, \"gone\": %d, \"refused\": %d, "
         "\"not loaded\": %d}}\n",
         counts[KEPT], counts[OLD], counts[GONE], counts[REFUSED], counts[NOT_LOADED]);
}

static const struct {
  const char *name;
  void (*run)(struct worker *worker, char **words);
} operations[] = {{"create", do_create}, {"path", do_path},     {"peek", do_load},
                  {"load", do_load},     {"save", do_save},     {"delete", do_delete},
                  {"sweep", do_sweep},   {"sweeps", do_sweeps}, {"visit", do_visit},
                  {"count", do_count},   {"kill", do_kill},     {"refresh", do_refresh}};

static void answer(struct worker *worker, char *line) {
  char *words[WORDS] = {0};
  char *rest = NULL;
  size_t count = 0;
  for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < WORDS;
       word = strtok_r(NULL, " \n", &rest))
    words[count++] = word;
  for (size_t at = 0; count > 0 && at < sizeof operations / sizeof *operations; at++)
    if (strcmp(operations[at].name, words[0]) == 0)
      operations[at].run(worker, words);
  fflush(stdout);
}

int main(int count, char **arguments) {
  struct worker worker = {.directory = arguments[count - 1], .error = SESSION3_ERROR_INIT};
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  if (count != 2 || s3_check("peer_worker", s3_open(worker.directory, &worker.store, &worker.error),
                             &worker.error) < 0)
    return 1;
  options.clock = past_us;
  options.clock_context = &worker;
  if (session3_store_open_directory(worker.directory, strlen(worker.directory), &options,
                                    &worker.past, &worker.error) != SESSION3_OK)
    return 1;
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, stdin) > 0) answer(&worker, line);
  free(line);
  session3_session_free(worker.held);
  session3_store_free(worker.past);
  session3_store_free(worker.store);
  return 0;
}
