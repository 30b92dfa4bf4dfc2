/* SPDX-License-Identifier: MIT */
/* The protocol of Benchmarks/README.md: a line of words in, a line of JSON out.
 *   WORKER DIRECTORY none|data PADDING */
#include "batch.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAXIMUM_WORDS 5
#define MAXIMUM_COUNT (UINT64_C(1) << 28)

static _Thread_local char noted[256];

bool failed(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(noted, sizeof noted, format, arguments);
  va_end(arguments);
  return false;
}

const char *failure(void) { return noted; }

bool is_counter(const char *attribute) {
  return strcmp(attribute, COUNTER) == 0 ||
         failed("%s stores a session whole: it counts in " COUNTER " alone", store.name);
}

static void *opened, *connection;
static uint64_t first_slot, slot_count;
static struct plan planned;
static bool is_planned;

static void print_text(const char *text) {
  putchar('"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      putchar('\\');
    putchar((unsigned char)*text < ' ' ? ' ' : *text);
  }
  putchar('"');
}

static bool number(const char *word, uint64_t *out) {
  char *end = NULL;
  if (word == NULL || *word < '0' || *word > '9')
    return failed("a number is missing");
  errno = 0;
  *out = strtoull(word, &end, 10);
  if (errno != 0 || *end != '\0')
    return failed("%s is no number", word);
  return true;
}

static bool find_operation(const char *word, enum operation *out) {
  static const char *const names[OPERATION_COUNT] = {
      [CREATE] = "create",       [LOAD] = "load",       [RESAVE] = "resave",
      [UNCHANGED] = "unchanged", [REQUEST] = "request", [INCREMENT] = "increment",
      [TOUCH] = "touch",         [HAS] = "has",         [DELETE] = "delete",
      [ITERATE] = "iterate"};
  for (int i = 0; i < OPERATION_COUNT; i++) {
    if (strcmp(word, names[i]) != 0)
      continue;
    *out = (enum operation)i;
    bool can = i == ITERATE ? store.iterate != NULL : store.operations[i] != NULL;
    return can || failed("%s can't %s", store.name, word);
  }
  return failed("unknown operation: %s", word);
}

/** Reads OPERATION COUNT SEED. */
static bool find_batch(char **words, struct batch *batch) {
  *batch = (struct batch){.first = first_slot, .range = slot_count};
  if (words[0] == NULL)
    return failed("an operation is missing");
  if (!find_operation(words[0], &batch->operation) || !number(words[1], &batch->count) ||
      !number(words[2], &batch->seed))
    return false;
  if (batch->operation == ITERATE)
    batch->count = 1;
  return (batch->count >= 1 && batch->count <= MAXIMUM_COUNT) || failed("not so often");
}

static bool fill_group(uint64_t first, uint64_t count) {
  char id[ID_LENGTH + 1];
  if (store.group != NULL && !store.group(connection, true))
    return false;
  for (uint64_t slot = first; slot < first + count; slot++) {
    make_id(slot, id);
    if (!store.fill(connection, id))
      return false;
  }
  return store.group == NULL || store.group(connection, false);
}

static bool answer_fill(char **words) {
  uint64_t first = 0, count = 0;
  if (!number(words[1], &first) || !number(words[2], &count))
    return false;
  uint64_t start = now_ns(), end = first + count;
  for (uint64_t slot = first; slot < end; slot += FILL_GROUP)
    if (!fill_group(slot, end - slot < FILL_GROUP ? end - slot : FILL_GROUP))
      return false;
  printf("{\"ns\": %" PRIu64 "}\n", now_ns() - start);
  return true;
}

static bool answer_range(char **words) {
  uint64_t first = 0, count = 0;
  if (!number(words[1], &first) || !number(words[2], &count))
    return false;
  first_slot = first;
  slot_count = count;
  puts("{}");
  return true;
}

/** Plans a batch, and does it.
 * @param samples  NULL, or receives count times */
static bool run_batch(const struct batch *batch, struct span *span, uint64_t *samples) {
  struct plan plan;
  bool is_done = make_plan(connection, batch, &plan) &&
                 time_plan(connection, &plan, span, samples) && check_plan(connection, &plan);
  end_plan(&plan);
  return is_done;
}

static bool answer_run(char **words) {
  struct batch batch;
  struct span span;
  if (!find_batch(words + 1, &batch) || !run_batch(&batch, &span, NULL))
    return false;
  printf("{\"ns\": %" PRIu64 "}\n", span.end - span.start);
  return true;
}

static bool answer_sample(char **words) {
  struct batch batch;
  struct span span;
  if (!find_batch(words + 1, &batch) || batch.count == 0)
    return false;
  const uint64_t count = batch.count;
  uint64_t *samples = calloc(count, sizeof *samples);
  if (samples == NULL)
    return failed("no memory");
  bool is_done = run_batch(&batch, &span, samples);
  if (is_done) {
    fputs("{\"ns\": [", stdout);
    for (uint64_t i = 0; i < count; i++) printf(i == 0 ? "%" PRIu64 : ", %" PRIu64, samples[i]);
    puts("]}");
  }
  free(samples);
  return is_done;
}

/** What was planned before is released also where the new plan fails: `go` must not do it. */
static bool answer_plan(char **words) {
  struct batch batch;
  end_plan(&planned);
  is_planned = find_batch(words + 1, &batch);
  if (is_planned) {
    /* Who goes by a plan most often isn't alone. */
    batch.is_shared = true;
    is_planned = make_plan(connection, &batch, &planned);
  }
  if (!is_planned) {
    end_plan(&planned);
    return false;
  }
  puts("{}");
  return true;
}

static bool answer_go(char **words) {
  struct span span;
  (void)words;
  if (!is_planned)
    return failed("nothing is planned");
  bool is_done = time_plan(connection, &planned, &span, NULL) && check_plan(connection, &planned);
  end_plan(&planned);
  is_planned = false;
  if (is_done)
    printf("{\"start\": %" PRIu64 ", \"end\": %" PRIu64 "}\n", span.start, span.end);
  return is_done;
}

static bool answer_threads(char **words) {
  struct batch batch;
  uint64_t threads = 0, ns = 0;
  if (!number(words[1], &threads) || !find_batch(words + 2, &batch))
    return false;
  if (threads > UINT_MAX)
    return failed("not so many threads");
  if (!run_threads(opened, &batch, (unsigned)threads, &ns))
    return false;
  printf("{\"ns\": %" PRIu64 "}\n", ns);
  return true;
}

static bool answer_sweep(char **words) {
  uint64_t seconds = 0, deleted = 0;
  if (store.sweep == NULL)
    return failed("%s can't sweep", store.name);
  if (!number(words[1], &seconds))
    return false;
  uint64_t start = now_ns();
  if (!store.sweep(connection, (double)seconds, &deleted))
    return false;
  printf("{\"ns\": %" PRIu64 ", \"deleted\": %" PRIu64 "}\n", now_ns() - start, deleted);
  return true;
}

/** ATTRIBUTE COUNT MICROSECONDS. */
static bool answer_update(char **words) {
  struct update update = {.attribute = words[1]};
  char id[ID_LENGTH + 2];
  uint64_t count = 0;
  if (store.update == NULL)
    return failed("%s can't update", store.name);
  if (words[1] == NULL || !number(words[2], &count) || !number(words[3], &update.think_us))
    return failed("an update is an attribute and two numbers");
  make_id(first_slot, id);
  uint64_t start = now_ns();
  for (uint64_t i = 0; i < count; i++)
    if (!store.update(connection, id, &update))
      return false;
  printf("{\"ns\": %" PRIu64 "}\n", now_ns() - start);
  return true;
}

/** SLOT ATTRIBUTE. */
static bool answer_count(char **words) {
  char id[ID_LENGTH + 2];
  uint64_t slot = 0, count = 0;
  if (store.count == NULL)
    return failed("%s can't count", store.name);
  if (!number(words[1], &slot) || words[2] == NULL)
    return failed("a count is of a slot and an attribute");
  make_id(slot, id);
  if (!store.count(connection, id, words[2], &count))
    return false;
  printf("{\"count\": %" PRIu64 "}\n", count);
  return true;
}

static bool answer_info(char **words) {
  (void)words;
  fputs("{\"name\": ", stdout);
  print_text(store.name);
  fputs(", \"version\": ", stdout);
  print_text(store.version());
  fputs(", \"notes\": {", stdout);
  for (const struct note *note = store.notes; note != NULL && note->operation != NULL; note++) {
    fputs(note == store.notes ? "" : ", ", stdout);
    print_text(note->operation);
    fputs(": ", stdout);
    print_text(note->text);
  }
  puts("}}");
  return true;
}

static bool answer(char **words) {
  static const struct {
    const char *name;
    bool (*run)(char **words);
  } requests[] = {{"info", answer_info},     {"fill", answer_fill},       {"range", answer_range},
                  {"plan", answer_plan},     {"go", answer_go},           {"run", answer_run},
                  {"sample", answer_sample}, {"threads", answer_threads}, {"sweep", answer_sweep},
                  {"update", answer_update}, {"count", answer_count}};
  for (size_t i = 0; words[0] != NULL && i < sizeof requests / sizeof requests[0]; i++)
    if (strcmp(words[0], requests[i].name) == 0)
      return requests[i].run(words);
  return failed("unknown request");
}

static void print_failure(void) {
  fputs("{\"error\": ", stdout);
  print_text(failure());
  puts("}");
}

int main(int count, char **arguments) {
  static char line[512], answers[1 << 16];
  uint64_t padding = 0;
  if (count != 4 || !number(arguments[3], &padding) ||
      (strcmp(arguments[2], "none") != 0 && strcmp(arguments[2], "data") != 0)) {
    fprintf(stderr, "usage: %s DIRECTORY none|data PADDING\n", arguments[0]);
    return 2;
  }
  struct place place = {arguments[1], strcmp(arguments[2], "data") == 0, padding};
  setvbuf(stdout, answers, _IOFBF, sizeof answers);
  if (mkdir(place.directory, 0700) < 0 && errno != EEXIST) {
    perror(place.directory);
    return 1;
  }
  opened = store.open(&place);
  connection = opened == NULL ? NULL : store.connect(opened);
  if (connection == NULL) {
    fprintf(stderr, "%s: %s\n", store.name, failure());
    return 1;
  }
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *rest = NULL, *words[MAXIMUM_WORDS + 2] = {NULL};
    words[0] = strtok_r(line, " \n", &rest);
    for (int i = 1; i <= MAXIMUM_WORDS && words[i - 1] != NULL; i++)
      words[i] = strtok_r(NULL, " \n", &rest);
    if (!answer(words))
      print_failure();
    fflush(stdout);
  }
  end_plan(&planned);
  disconnect_threads();
  store.disconnect(connection);
  return 0;
}
