/* SPDX-License-Identifier: MIT */
/* Counts the instructions of comparing a token with those that a session has: a child makes the
 * comparisons, its parent lets it do one instruction at a time. Prints a line for each comparison:
 *   csrf|form|careless TOKEN POSITION ANSWER STEPS HASH
 * of the token that was altered, at which byte (-1: nowhere), what was answered, how many
 * instructions that took, and a hash of where they lay. "careless" is memcmp as one writes it. */
#include "session3_easy.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__

#define FORM_TOKENS 3
#define TRIALS 256

struct trial {
  char kind[16];
  int token, position;
  bool answer;
};

/** What parent and child share. */
static struct page {
  volatile int is_comparing; /**< the number of the trial, from 1; 0 between them */
  struct trial trials[TRIALS];
  int count;
} *page;

static session3_session *session;
static char tokens[1 + FORM_TOKENS][SESSION3_TOKEN_LENGTH + 1]; /**< the csrf token first */

/** Ends at the first difference. */
static bool compare_carelessly(const char *left, const char *right, size_t length) {
  for (size_t index = 0; index < length; index++)
    if (left[index] != right[index])
      return false;
  return true;
}

static bool compare(const char *kind, const char *token, size_t length) {
  if (strcmp(kind, "csrf") == 0)
    return session3_session_check_csrf_token(session, token, length);
  if (strcmp(kind, "form") == 0)
    return session3_session_has_form_token(session, token, length);
  return compare_carelessly(tokens[0], token, length);
}

/** One comparison, counted if it is not the first of its kind, which looks functions up. */
static void try_token(const char *kind, int token, int position, bool is_counted) {
  char altered[SESSION3_TOKEN_LENGTH + 1];
  struct trial *trial = &page->trials[page->count];
  memcpy(altered, tokens[token], sizeof altered);
  if (position >= 0)
    altered[position] ^= 1;
  snprintf(trial->kind, sizeof trial->kind, "%s", kind);
  trial->token = token;
  trial->position = position;
  if (is_counted)
    page->is_comparing = ++page->count;
  trial->answer = compare(kind, altered, SESSION3_TOKEN_LENGTH);
  page->is_comparing = 0;
}

/** Tokens that are right, and that are wrong at every so manyth byte. */
static void try_all(const char *kind, int first, int last, int stride) {
  for (int token = first; token <= last; token++) {
    try_token(kind, token, 0, false);
    try_token(kind, token, -1, true);
    for (int position = 0; position < SESSION3_TOKEN_LENGTH; position += stride)
      try_token(kind, token, position, true);
  }
}

static int be_child(void) {
  session3_error error = SESSION3_ERROR_INIT;
  if (s3_new(&session, &error) != SESSION3_OK ||
      session3_session_csrf_token(session, tokens[0], &error) != SESSION3_OK)
    return 2;
  for (int index = 1; index <= FORM_TOKENS; index++)
    if (session3_session_create_form_token(session, tokens[index], &error) != SESSION3_OK)
      return 2;
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
    return 3;
  (void)raise(SIGSTOP);
  try_all("csrf", 0, 0, 3);
  try_all("form", 1, FORM_TOKENS, 7);
  try_all("careless", 0, 0, 3);
  return 0;
}

/** Lets the child do one instruction; whether it goes on. */
static bool step(pid_t child, int *status) {
  if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0 || waitpid(child, status, 0) != child)
    return false;
  return WIFSTOPPED(*status);
}

static int watch(pid_t child) {
  static unsigned long long steps[TRIALS + 1], hashes[TRIALS + 1];
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  while (step(child, &status)) {
    struct user_regs_struct registers;
    int trial = page->is_comparing;
    if (trial == 0 || ptrace(PTRACE_GETREGS, child, NULL, &registers) != 0)
      continue;
    steps[trial]++;
    hashes[trial] = (hashes[trial] ^ registers.rip) * 1099511628211ULL;
  }
  for (int index = 0; index < page->count; index++) {
    const struct trial *trial = &page->trials[index];
    printf("%s %d %d %d %llu %llx\n", trial->kind, trial->token, trial->position, trial->answer,
           steps[index + 1], hashes[index + 1]);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void) {
  page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED)
    return 1;
  pid_t child = fork();
  if (child == 0)
    _exit(be_child());
  return child < 0 ? 1 : watch(child);
}

#else
/* Of other processors the registers have other names. */
int main(void) { return 4; }
#endif
