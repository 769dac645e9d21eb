/*
 * futures_list.c - GET /futures: the caller's own that can be found by their
 * ids, the newest first, a page at a time.
 *
 * A page is bounded in what it looks at and in what it says, so that no list
 * holds the loop: it may have fewer items than asked for, even none, and its
 * `next` leads on all the same. Only a null is the end.
 */
#include <stdio.h>

#include "api/cursor.h"
#include "api/eval_request.h"
#include "api/internal.h"
#include "server/clock.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000

/* Futures that one page looks at: half a millisecond, out of cold memory. */
#define LOOKED_AT 4096

/* Bytes after which a page takes no more: of what is written into it, and with
 * the long texts that stay where they are. */
#define PAGE_BYTES 1048576u
#define LONG_BYTES 4194304u

struct listing {
  unsigned statuses; /* a set of enum gene_status */
  gene_text_t label; /* ptr NULL: any */
  uint64_t limit;
  uint64_t before; /* the seq that the page begins below */
  int64_t now_us;
};

/* ---- what is asked for -------------------------------------------------- */

static bool read_status(gene_text_t text, unsigned *statuses) {
  for (int status = GENE_PENDING; status <= GENE_CANCELLED; status++) {
    if (http_text_is(text, future_status_name((uint8_t)status))) {
      *statuses = 1u << status;
      return true;
    }
  }
  return false;
}

static bool read_limit(gene_text_t text, uint64_t *limit) {
  uint32_t number;

  if (!negotiate_version(text, &number) || number < 1 || number > LIMIT_MAX)
    return false;
  *limit = number;
  return true;
}

static bool refuse(struct http_exchange *x, const char *field,
                   const char *detail, uint64_t limit) {
  problem_reply(x, &(struct problem){.status = 400,
                                     .slug = "bad-query",
                                     .title = "Bad query parameter",
                                     .detail = detail,
                                     .field = field,
                                     .has_limit = limit != 0,
                                     .limit = limit});
  return false;
}

static bool read_listing(struct api *api, struct http_exchange *x,
                         const struct query *query, struct listing *listing) {
  gene_text_t status = query->value[QUERY_STATUS];
  gene_text_t limit = query->value[QUERY_LIMIT];
  gene_text_t cursor = query->value[QUERY_CURSOR];

  *listing = (struct listing){.statuses = ~0u,
                              .label = query->value[QUERY_LABEL],
                              .limit = LIMIT_DEFAULT,
                              .before = UINT64_MAX,
                              .now_us = clock_wall_us(clock_ns())};
  if (status.ptr != NULL && !read_status(status, &listing->statuses))
    return refuse(x, "status",
                  "status is pending, success, failure or cancelled.", 0);
  if (listing->label.len > EVAL_LABEL_MAX)
    return refuse(x, "label", "No label has so many bytes.", EVAL_LABEL_MAX);
  if (limit.ptr != NULL && !read_limit(limit, &listing->limit))
    return refuse(x, "limit", "limit is a whole number from 1 to 1000.",
                  LIMIT_MAX);
  if (cursor.ptr != NULL &&
      !cursor_read(cursor, api->core, x->owner, &listing->before))
    return refuse(x, "cursor", "This is no cursor of this list.", 0);
  return true;
}

/* ---- the page ----------------------------------------------------------- */

static bool is_wanted(const struct api *api, const struct listing *listing,
                      const struct future *future) {
  gene_text_t label = listing->label;

  if (!registry_shows(api->registry, future, listing->now_us) ||
      (listing->statuses & 1u << future->status) == 0)
    return false;
  return label.ptr == NULL ||
         (future->label.ptr != NULL && future->label.len == label.len &&
          memcmp(future->label.ptr, label.ptr, label.len) == 0);
}

/* Writes the items. Returns where the next page begins; NULL: at the end. */
static struct future *put_items(struct api *api, struct http_reply *reply,
                                const struct listing *listing,
                                struct future *from) {
  uint64_t items = 0, looked = 0;
  struct future *at = from;

  for (; at != NULL && items < listing->limit && looked < LOOKED_AT;
       at = registry_older(at), looked++) {
    if (!is_wanted(api, listing, at))
      continue;
    if (items++ > 0)
      buf_byte(&reply->body, ',');
    future_add(api, reply, at);
    if (reply->body.len > PAGE_BYTES || http_body_size(reply) > LONG_BYTES) {
      at = registry_older(at);
      break;
    }
  }
  return at;
}

enum http_next futures_list(struct api *api, struct http_exchange *x) {
  enum form form = negotiate_form(&x->request);
  struct http_reply *reply = &x->reply;
  char cursor[CURSOR_LEN];
  struct listing listing;
  struct future *next;
  struct query query;

  if (form == FORM_NONE || form == FORM_TEXT)
    return problem_not_acceptable(x, "A list is had as application/json or "
                                     "application/vnd.gene+json.");
  query_decode(x->request.query, QUERY_ALL, &query);
  if (!read_listing(api, x, &query, &listing))
    return HTTP_ANSWER;
  json_lit(&reply->body, "{\"items\":[");
  next = put_items(api, reply, &listing,
                   registry_newest(api->registry, x->owner, listing.before));
  json_lit(&reply->body, "],\"next\":");
  if (next != NULL) {
    /* The page after this one begins with `next`, or what is older. */
    cursor_write(cursor, api->core, x->owner, next->seq + 1);
    json_text(&reply->body, cursor, sizeof cursor);
  } else {
    json_lit(&reply->body, "null");
  }
  json_lit(&reply->body, "}\n");
  reply->status = 200;
  reply->content_type = form == FORM_TAGGED ? TYPE_TAGGED : TYPE_JSON;
  http_field(x, "Cache-Control", "no-cache");
  return HTTP_ANSWER;
}
