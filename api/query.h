/*
 * query.h - the query of a request: which parameters there are, and what they
 * say. It knows no resource; the router says which ones a path has. Internal
 * to api/.
 */
#ifndef API_QUERY_H
#define API_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gene.h"
#include "server/http.h"

/* All that any path has. */
enum query_name {
  QUERY_CURSOR,
  QUERY_LABEL,
  QUERY_LAST_EVENT_ID,
  QUERY_LIMIT,
  QUERY_SINCE,
  QUERY_STATUS,
  QUERY_TIMELINE,
  QUERY_VALUE,
  QUERY_WAIT,
  QUERY_NAMES,
};

/* A set of them. */
#define QUERY_HAS(name) (1u << (name))
#define QUERY_ALL       ((1u << QUERY_NAMES) - 1)

/* Bytes of all names and values of a query, decoded. */
#define QUERY_ROOM 768

/* A query, decoded: %xx, and + for a space, within names and values. */
struct query {
  gene_text_t value[QUERY_NAMES]; /* ptr NULL: not there; valid while the
                                     query itself lives */
  gene_text_t name;               /* of the one that is at fault */
  size_t used;
  char room[QUERY_ROOM];
};

enum query_fault {
  QUERY_FINE,
  QUERY_UNKNOWN,  /* name is none of those allowed */
  QUERY_TWICE,    /* name stands twice */
  QUERY_ENCODING, /* not %xx, or not UTF-8 without NUL, when decoded */
  QUERY_LONG,     /* more than QUERY_ROOM in all */
};

/* Decodes text, the query as sent. allowed: a set of names. */
enum query_fault query_decode(gene_text_t text, unsigned allowed,
                              struct query *out);

/* Whether the query of a request has what is allowed and nothing else. False:
 * the reply is a problem that names the parameter. */
bool query_check(struct http_exchange *x, unsigned allowed);

enum query_result { QUERY_ABSENT, QUERY_GOOD, QUERY_BAD };

/* wait, in seconds, with up to three decimals. */
enum query_result query_wait(const struct query *query, uint64_t *ms);

/* since, a version. */
enum query_result query_since(const struct query *query, uint32_t *version);

/* timeline, 1 or 0; *on is set, to false when it is absent. */
enum query_result query_timeline(const struct query *query, bool *on);

/* last_event_id, the id of an event. */
enum query_result query_last_event(const struct query *query, uint64_t *id);

/* value: `plain` and `tagged` are good. */
enum query_result query_value(const struct query *query, bool *tagged);

#endif
