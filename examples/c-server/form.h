/* SPDX-License-Identifier: MIT */
/**
 * @file form.h
 * The fields of a form, as a POST request brings them.
 */
#ifndef FORM_H
#define FORM_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

/** The largest body of a request, in bytes. */
#define FORM_MAXIMUM 16384
/** The most fields of a form, and the longest name of one, in bytes. */
#define FORM_FIELDS 16
#define FORM_NAME_MAXIMUM 31

struct form;

/** A form whose body is yet to come; NULL without memory. */
struct form *form_new(struct MHD_Connection *connection);

/** Releases a form. NULL is a no-op. */
void form_free(struct form *form);

/** Takes a part of the body. What is too large, or not a form's, is passed over. */
void form_receive(struct form *form, const char *data, size_t length);

/** Ends the body. Returns 0, or the HTTP status of a body that is no form or too large. */
unsigned form_finish(struct form *form);

/** A field's value: any bytes, and a NUL behind them. NULL if the form has no such field, or there
 * is no form. Of two fields of one name the first counts. */
const char *form_value(const struct form *form, const char *name, size_t *length);

#endif
