/*
 * query.c - takes queries apart. What can't be meant is refused rather than
 * passed over: a misspelt ?wiat=30 would otherwise be a wait that never was.
 */
#include "api/query.h"

#include <stdio.h>

#include "api/internal.h"
#include "server/utf8.h"

static const char *const names[QUERY_NAMES] = {
    [QUERY_CURSOR] = "cursor",
    [QUERY_LABEL] = "label",
    [QUERY_LAST_EVENT_ID] = "last_event_id",
    [QUERY_LIMIT] = "limit",
    [QUERY_SINCE] = "since",
    [QUERY_STATUS] = "status",
    [QUERY_VALUE] = "value",
    [QUERY_TIMELINE] = "timeline",
    [QUERY_WAIT] = "wait",
};

/* ---- decoding ----------------------------------------------------------- */

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of an encoded text of which at least one is left; moves *at past
 * it. -1: that is no encoding. */
static int next_byte(const char **at, const char *end) {
  char c = *(*at)++;
  int high, low;

  if (c == '+')
    return ' ';
  if (c != '%')
    return (unsigned char)c;
  if (end - *at < 2)
    return -1;
  high = hex_digit(*(*at)++);
  low = hex_digit(*(*at)++);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Decodes a name or a value into the room. */
static enum query_fault decode(struct query *query, const char *from,
                               const char *end, gene_text_t *out) {
  char *start = query->room + query->used;

  *out = (gene_text_t){start, 0};
  while (from < end) {
    int byte = next_byte(&from, end);

    if (byte <= 0)
      return QUERY_ENCODING;
    if (query->used == QUERY_ROOM)
      return QUERY_LONG;
    query->room[query->used++] = (char)byte;
    out->len++;
  }
  return utf8_bad_at(start, out->len) == out->len ? QUERY_FINE : QUERY_ENCODING;
}

static int find(gene_text_t name) {
  for (int i = 0; i < QUERY_NAMES; i++)
    if (http_text_is(name, names[i]))
      return i;
  return -1;
}

static enum query_fault take(struct query *query, unsigned allowed,
                             const char *pair, const char *end) {
  const char *equals = memchr(pair, '=', (size_t)(end - pair));
  const char *name_end = equals == NULL ? end : equals;
  enum query_fault fault;
  gene_text_t name, value;
  int which;

  query->name = (gene_text_t){NULL, 0};
  fault = decode(query, pair, name_end, &name);
  if (fault != QUERY_FINE)
    return fault;
  query->name = name;
  which = find(name);
  if (which < 0 || (allowed & 1u << which) == 0)
    return QUERY_UNKNOWN;
  if (query->value[which].ptr != NULL)
    return QUERY_TWICE;
  fault = decode(query, equals == NULL ? end : equals + 1, end, &value);
  query->value[which] = value;
  return fault;
}

enum query_fault query_decode(gene_text_t text, unsigned allowed,
                              struct query *out) {
  const char *at = text.ptr, *end = at + text.len;

  memset(out->value, 0, sizeof out->value);
  out->name = (gene_text_t){NULL, 0};
  out->used = 0;
  while (text.len > 0 && at < end) {
    const char *stop = memchr(at, '&', (size_t)(end - at));
    enum query_fault fault = QUERY_FINE;

    if (stop == NULL)
      stop = end;
    if (stop > at)
      fault = take(out, allowed, at, stop);
    if (fault != QUERY_FINE)
      return fault;
    at = stop + 1;
  }
  return QUERY_FINE;
}

/* ---- refusing ----------------------------------------------------------- */

/* "wait, since and value" */
static void list_names(unsigned allowed, char *out, size_t size) {
  size_t len = 0;

  *out = '\0';
  for (unsigned i = 0; i < QUERY_NAMES && len < size; i++) {
    unsigned later = allowed >> i >> 1;

    if ((allowed & 1u << i) != 0)
      len += (size_t)snprintf(out + len, size - len, "%s%s", names[i],
                              later == 0                   ? ""
                              : (later & (later - 1)) == 0 ? " and "
                                                           : ", ");
  }
}

static void say_unknown(unsigned allowed, char *out, size_t size) {
  char list[96];

  list_names(allowed, list, sizeof list);
  if (allowed == 0)
    snprintf(out, size, "This path has no parameters.");
  else
    snprintf(out, size, "There is no such parameter here; there %s %s.",
             (allowed & (allowed - 1)) == 0 ? "is" : "are", list);
}

bool query_check(struct http_exchange *x, unsigned allowed) {
  static const char *const slugs[] = {
      [QUERY_UNKNOWN] = "unknown-parameter",
      [QUERY_TWICE] = "duplicate-parameter",
      [QUERY_ENCODING] = "bad-query",
      [QUERY_LONG] = "bad-query",
  };
  static const char *const titles[] = {
      [QUERY_UNKNOWN] = "The query has an unknown parameter",
      [QUERY_TWICE] = "A query parameter stands twice",
      [QUERY_ENCODING] = "The query is not encoded well",
      [QUERY_LONG] = "The query is too long",
  };
  char detail[160] = "A parameter may stand once.", field[128];
  struct query query;
  enum query_fault fault;

  if (x->request.query.len == 0)
    return true;
  fault = query_decode(x->request.query, allowed, &query);
  if (fault == QUERY_FINE)
    return true;
  if (fault == QUERY_UNKNOWN)
    say_unknown(allowed, detail, sizeof detail);
  else if (fault == QUERY_ENCODING)
    snprintf(detail, sizeof detail,
             "Names and values are UTF-8 without NUL, percent-encoded.");
  else if (fault == QUERY_LONG)
    snprintf(detail, sizeof detail, "A query has at most %d bytes, decoded.",
             QUERY_ROOM);
  snprintf(field, sizeof field, "%.*s", (int)query.name.len,
           query.name.ptr == NULL ? "" : query.name.ptr);
  problem_reply(x, &(struct problem){.status = 400,
                                     .slug = slugs[fault],
                                     .title = titles[fault],
                                     .detail = detail,
                                     .field = query.name.ptr ? field : NULL});
  return false;
}

/* ---- values ------------------------------------------------------------- */

enum query_result query_wait(const struct query *query, uint64_t *ms) {
  gene_text_t text = query->value[QUERY_WAIT];

  if (text.ptr == NULL)
    return QUERY_ABSENT;
  return negotiate_thousandths(text, ms) ? QUERY_GOOD : QUERY_BAD;
}

enum query_result query_since(const struct query *query, uint32_t *version) {
  gene_text_t text = query->value[QUERY_SINCE];

  if (text.ptr == NULL)
    return QUERY_ABSENT;
  return negotiate_version(text, version) ? QUERY_GOOD : QUERY_BAD;
}

enum query_result query_value(const struct query *query, bool *tagged) {
  gene_text_t text = query->value[QUERY_VALUE];

  if (text.ptr == NULL)
    return QUERY_ABSENT;
  *tagged = http_text_is(text, "tagged");
  return *tagged || http_text_is(text, "plain") ? QUERY_GOOD : QUERY_BAD;
}

enum query_result query_timeline(const struct query *query, bool *on) {
  gene_text_t text = query->value[QUERY_TIMELINE];

  *on = false;
  if (text.ptr == NULL)
    return QUERY_ABSENT;
  *on = http_text_is(text, "1");
  return *on || http_text_is(text, "0") ? QUERY_GOOD : QUERY_BAD;
}

enum query_result query_last_event(const struct query *query, uint64_t *id) {
  gene_text_t text = query->value[QUERY_LAST_EVENT_ID];

  *id = 0;
  if (text.ptr == NULL)
    return QUERY_ABSENT;
  return negotiate_event_id(text, id) ? QUERY_GOOD : QUERY_BAD;
}
