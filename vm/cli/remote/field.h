/*
 * field.h - fields of the JSON that the service sends. What has another type
 * than it should have is as if it were not there.
 */
#ifndef GN_CLI_REMOTE_FIELD_H
#define GN_CLI_REMOTE_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gene.h"

/* ptr NULL: there is none. Ends with a NUL that is not counted. */
gene_text_t field_text(const json_t *object, const char *name);

/* Cut to what fits; 0: there is none. */
uint32_t field_u32(const json_t *object, const char *name);
uint64_t field_u64(const json_t *object, const char *name);

/* NULL: the text is no JSON object. To be released with json_decref. */
json_t *field_object(const char *text, size_t len);

/* ---- futures ---- */

#define FIELD_ID_MAX 80

/* Whether a text is an id, and may stand in a path. */
bool field_is_id(gene_text_t text);

/* Whether it is an object that has an id and a status. */
bool field_is_future(const json_t *json);

/* The status of a future. */
bool field_status_is(const json_t *future, const char *status);

/* -1 when nothing is known of it. */
double field_fraction(const json_t *progress);

/* The message of a report, or the JSON of any other one: to be freed. NULL:
 * none. */
char *field_report(const json_t *progress);

#endif
