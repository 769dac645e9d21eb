/*
 * batch_split.c - looks for brackets, strings and commas, and at nothing else.
 */
#include "api/batch_split.h"

#include <jansson.h>
#include <stdio.h>

struct split {
  gene_text_t body;
  size_t at;
  gene_text_t *items;
  size_t len;
  bool found; /* items */
  struct problem *problem;
  struct batch_words *words;
};

/* ---- refusals ----------------------------------------------------------- */

static bool malformed(struct split *s, const char *wanted) {
  size_t at = s->at < s->body.len ? s->at : s->body.len;

  snprintf(s->words->detail, sizeof s->words->detail,
           "At offset %zu there should be %s.", at, wanted);
  *s->problem = (struct problem){.status = 400,
                                 .slug = "malformed-json",
                                 .title = "The body is no JSON",
                                 .detail = s->words->detail};
  return false;
}

static bool bad_items(struct split *s, const char *detail) {
  *s->problem = (struct problem){.status = 422,
                                 .slug = "invalid-field",
                                 .title = "A field of the request is not "
                                          "what it has to be",
                                 .detail = detail,
                                 .field = "items"};
  return false;
}

static bool too_many(struct split *s) {
  *s->problem = (struct problem){.status = 422,
                                 .slug = "too-many-items",
                                 .title = "The batch has too many items",
                                 .detail = "Send several batches.",
                                 .field = "items",
                                 .has_limit = true,
                                 .limit = BATCH_ITEMS_MAX};
  return false;
}

static bool bad_key(struct split *s, gene_text_t key, bool twice) {
  snprintf(s->words->field, sizeof s->words->field, "%.*s",
           (int)(key.len < 128 ? key.len : 128), key.ptr);
  *s->problem = (struct problem){
      .status = twice ? 400 : 422,
      .slug = twice ? "duplicate-key" : "unknown-field",
      .title =
          twice ? "A key stands twice" : "The request has an unknown field",
      .detail = twice ? "The items stand once." : "A batch has items alone.",
      .field = s->words->field};
  return false;
}

/* ---- bytes -------------------------------------------------------------- */

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct split *s) {
  while (s->at < s->body.len && is_space(s->body.ptr[s->at]))
    s->at++;
}

/* Takes a byte if it is the next but for space. */
static bool take(struct split *s, char c) {
  skip_space(s);
  if (s->at == s->body.len || s->body.ptr[s->at] != c)
    return false;
  s->at++;
  return true;
}

/* Moves behind the string that begins here. False: it does not end. */
static bool skip_string(struct split *s) {
  for (s->at++; s->at < s->body.len; s->at++) {
    if (s->body.ptr[s->at] == '\\')
      s->at++;
    else if (s->body.ptr[s->at] == '"')
      break;
  }
  return s->at++ < s->body.len;
}

/* Moves behind the value that begins here, whatever it is. */
static bool skip_value(struct split *s, gene_text_t *out) {
  size_t start, depth = 0;

  skip_space(s);
  for (start = s->at; s->at < s->body.len; s->at++) {
    char c = s->body.ptr[s->at];

    if (c == '"') {
      if (!skip_string(s))
        return malformed(s, "the end of a string");
      s->at--;
    } else if (c == '{' || c == '[') {
      depth++;
    } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
      break;
    } else if (c == '}' || c == ']') {
      depth--;
    }
  }
  *out = (gene_text_t){s->body.ptr + start, s->at - start};
  while (out->len > 0 && is_space(out->ptr[out->len - 1]))
    out->len--;
  return out->len > 0 || malformed(s, "a value");
}

/* ---- the parts ---------------------------------------------------------- */

static bool take_items(struct split *s) {
  if (!take(s, '['))
    return bad_items(s, "This has to be an array of requests.");
  if (take(s, ']'))
    return true;
  do {
    if (s->len == BATCH_ITEMS_MAX)
      return too_many(s);
    if (!skip_value(s, &s->items[s->len++]))
      return false;
  } while (take(s, ','));
  return take(s, ']') || malformed(s, "a comma or the end of the items");
}

/* Whether a key, with its quotes, says items, in whatever way. */
static bool says_items(gene_text_t quoted) {
  json_t *key = json_loadb(quoted.ptr, quoted.len, JSON_DECODE_ANY, NULL);
  bool yes = key != NULL && strcmp(json_string_value(key), "items") == 0;

  json_decref(key);
  return yes;
}

static bool take_member(struct split *s) {
  gene_text_t key, value;

  skip_space(s);
  key.ptr = s->body.ptr + s->at;
  if (s->at == s->body.len || *key.ptr != '"' || !skip_string(s))
    return malformed(s, "a key");
  key.len = (size_t)(s->body.ptr + s->at - key.ptr);
  if (!take(s, ':'))
    return malformed(s, "a colon");
  if (says_items(key)) {
    if (s->found)
      return bad_key(s, (gene_text_t){"items", 5}, true);
    s->found = true;
    return take_items(s);
  }
  return skip_value(s, &value) &&
         bad_key(s, (gene_text_t){key.ptr + 1, key.len - 2}, false);
}

bool batch_split(gene_text_t body, gene_text_t *items, size_t *len,
                 struct problem *problem, struct batch_words *words) {
  struct split s = {
      .body = body, .items = items, .problem = problem, .words = words};

  if (!take(&s, '{'))
    return malformed(&s, "an object with items");
  if (!take(&s, '}')) {
    do {
      if (!take_member(&s))
        return false;
    } while (take(&s, ','));
    if (!take(&s, '}'))
      return malformed(&s, "a comma or the end of the object");
  }
  skip_space(&s);
  if (s.at < body.len)
    return malformed(&s, "the end of the body");
  *len = s.len;
  return s.found || bad_items(&s, "This is needed.");
}
