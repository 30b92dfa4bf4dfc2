/* SPDX-License-Identifier: MIT */
/**
 * @file walkthrough.h
 * What the chapters of the walkthrough share: printing, and ending at the first surprise.
 */
#ifndef WALKTHROUGH_H
#define WALKTHROUGH_H

#include "session3_easy_manager.h"

/** The two arguments that session3.h takes for text. */
#define TEXT(literal) (literal), (sizeof(literal) - 1)

/** Ends the program, telling why, unless a call did what was asked. */
#define MUST(call) must((call), #call, &error)
void must(session3_status status, const char *call, const session3_error *error);

/** Prints one line, such as "  a save to a deleted session: gone". */
void answer(const char *question, session3_status status);
void answer_yes_no(const char *question, bool yes);

/** Prints any value, also a nested one, in the manner of JSON. */
void print_value(const session3_value *value);

/** One chapter each, in the file of that name. */
void easy(void);
void easy_requests(void);
void basics(void);
void session_in_memory(void);
void attributes(void);
void values(void);
void tokens(void);
void stores(void);
void many_sessions(void);
void policies(void);
void encoded(void);
void requests(void);
void cookies(void);
void custom_store(void);

#endif
