/*
 * negotiate.c - what a client sends and wants to have: media types,
 * preferences, entity tags. It answers nothing itself.
 */
#include <strings.h>

#include "api/internal.h"

/* ---- lists -------------------------------------------------------------- */

static gene_text_t trim(const char *start, const char *end) {
  while (start < end && (*start == ' ' || *start == '\t'))
    start++;
  while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
    end--;
  return (gene_text_t){start, (size_t)(end - start)};
}

/* Takes the next element off a list; quoted text may hold the separator.
 * False at the end. Empty elements are passed over. */
static bool next_element(gene_text_t *list, char separator, gene_text_t *out) {
  while (list->len > 0) {
    const char *start = list->ptr;
    const char *at = start, *end = start + list->len;
    bool quoted = false;

    for (; at < end && (quoted || *at != separator); at++) {
      if (*at == '"')
        quoted = !quoted;
      else if (*at == '\\' && quoted && at + 1 < end)
        at++;
    }
    *out = trim(start, at);
    if (at < end)
      at++;
    *list = (gene_text_t){at, (size_t)(end - at)};
    if (out->len > 0)
      return true;
  }
  return false;
}

static bool same(gene_text_t text, const char *literal) {
  return text.len == strlen(literal) &&
         strncasecmp(text.ptr, literal, text.len) == 0;
}

/* name=value, the value without quotes; value.ptr NULL: no = */
static gene_text_t split_pair(gene_text_t pair, gene_text_t *value) {
  const char *equals = pair.len == 0 ? NULL : memchr(pair.ptr, '=', pair.len);

  *value = (gene_text_t){NULL, 0};
  if (equals == NULL)
    return pair;
  *value = trim(equals + 1, pair.ptr + pair.len);
  if (value->len >= 2 && value->ptr[0] == '"' &&
      value->ptr[value->len - 1] == '"') {
    value->ptr++;
    value->len -= 2;
  }
  return trim(pair.ptr, equals);
}

bool negotiate_thousandths(gene_text_t text, uint64_t *out) {
  uint64_t number = 0, unit = 1000;
  size_t i = 0;

  for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++) {
    number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    if (number > 1000000000)
      return false;
  }
  if (i == 0)
    return false;
  number *= 1000;
  if (i < text.len && text.ptr[i] == '.') {
    if (++i == text.len)
      return false;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
      number += (uint64_t)(text.ptr[i] - '0') * (unit /= 10);
  }
  *out = number;
  return i == text.len;
}

/* ---- media types -------------------------------------------------------- */

/* How much a range of Accept likes each form, and how closely it names it. */
struct liking {
  uint64_t q;
  int closeness; /* 0: not named at all */
};

static const char *const form_types[] = {
    [FORM_JSON] = "application/json",
    [FORM_TEXT] = "text/plain",
    [FORM_TAGGED] = "application/vnd.gene+json",
};

static int closeness(gene_text_t range, const char *type) {
  size_t main_len = strcspn(type, "/") + 1;
  bool by_name = type == form_types[FORM_TAGGED]; /* nobody gets it unasked */

  if (same(range, type))
    return 3;
  if (range.len == main_len + 1 && range.ptr[main_len] == '*' &&
      strncasecmp(range.ptr, type, main_len) == 0 && !by_name)
    return 2;
  return same(range, "*/*") && !by_name ? 1 : 0;
}

static uint64_t quality(gene_text_t parameters) {
  gene_text_t parameter;

  while (next_element(&parameters, ';', &parameter)) {
    gene_text_t value;
    uint64_t q;

    if (same(split_pair(parameter, &value), "q"))
      return negotiate_thousandths(value, &q) && q <= 1000 ? q : 0;
  }
  return 1000;
}

static void weigh(gene_text_t element, const char *const *types, int len,
                  struct liking *likings) {
  gene_text_t range = {element.ptr, 0};
  uint64_t q;

  next_element(&element, ';', &range);
  q = quality(element);
  for (int i = 0; i < len; i++) {
    int close = closeness(range, types[i]);

    if (close > likings[i].closeness)
      likings[i] = (struct liking){q, close};
  }
}

static enum form best(const struct liking *likings) {
  int found = FORM_NONE;

  for (int form = 0; form < FORM_NONE; form++) {
    const struct liking *l = &likings[form];

    if (l->closeness == 0 || l->q == 0)
      continue;
    if (found == FORM_NONE || l->q > likings[found].q ||
        (l->q == likings[found].q && l->closeness > likings[found].closeness))
      found = form;
  }
  return (enum form)found;
}

enum form negotiate_form(const struct http_request *request) {
  gene_text_t accept = request->header[HTTP_ACCEPT];
  struct liking likings[FORM_NONE] = {{0, 0}};
  gene_text_t element;

  if (accept.len == 0 || http_text_is(accept, "*/*"))
    return FORM_JSON;
  while (next_element(&accept, ',', &element))
    weigh(element, form_types, FORM_NONE, likings);
  return best(likings);
}

bool negotiate_accepts(const struct http_request *request, const char *type) {
  gene_text_t accept = request->header[HTTP_ACCEPT];
  struct liking liking = {0, 0};
  gene_text_t element;

  if (accept.len == 0)
    return true;
  while (next_element(&accept, ',', &element))
    weigh(element, &type, 1, &liking);
  return liking.q > 0;
}

enum content negotiate_content(const struct http_request *request) {
  gene_text_t rest = request->header[HTTP_CONTENT_TYPE];
  gene_text_t type = {NULL, 0}, parameter, value;
  enum content content = CONTENT_UNKNOWN;

  if (rest.len == 0 || http_text_is(rest, "text/plain"))
    return CONTENT_TEXT;
  if (http_text_is(rest, "application/json"))
    return CONTENT_JSON;
  if (!next_element(&rest, ';', &type))
    return CONTENT_TEXT;
  if (same(type, "application/json"))
    content = CONTENT_JSON;
  else if ((type.len > 5 && strncasecmp(type.ptr, "text/", 5) == 0) ||
           same(type, "application/gene") ||
           same(type, "application/x-www-form-urlencoded"))
    content = CONTENT_TEXT;
  while (next_element(&rest, ';', &parameter))
    if (same(split_pair(parameter, &value), "charset") &&
        !same(value, "utf-8") && !same(value, "us-ascii"))
      return CONTENT_UNKNOWN;
  return content;
}

/* ---- preferences, tags -------------------------------------------------- */

struct prefer negotiate_prefer(const struct http_request *request) {
  gene_text_t list = request->header[HTTP_PREFER];
  struct prefer prefer = {0};
  gene_text_t element;

  while (next_element(&list, ',', &element)) {
    gene_text_t first = {NULL, 0}, name, value;

    next_element(&element, ';', &first);
    name = split_pair(first, &value);
    if (same(name, "respond-async"))
      prefer.respond_async = true;
    else if (same(name, "wait") && !prefer.has_wait)
      prefer.has_wait = negotiate_thousandths(value, &prefer.wait_ms);
  }
  return prefer;
}

bool negotiate_gzip(const struct http_request *request) {
  gene_text_t list = request->header[HTTP_ACCEPT_ENCODING];
  gene_text_t element;
  bool any = false;

  while (next_element(&list, ',', &element)) {
    gene_text_t name = {"", 0};

    next_element(&element, ';', &name);
    if (same(name, "gzip") || same(name, "x-gzip"))
      return quality(element) > 0;
    if (same(name, "*"))
      any = quality(element) > 0;
  }
  return any;
}

bool negotiate_has_tag(gene_text_t list, const char *tag) {
  gene_text_t element;

  while (next_element(&list, ',', &element)) {
    if (element.len > 2 && strncmp(element.ptr, "W/", 2) == 0) {
      element.ptr += 2;
      element.len -= 2;
    }
    if (http_text_is(element, tag) || http_text_is(element, "*"))
      return true;
  }
  return false;
}

bool negotiate_version(gene_text_t text, uint32_t *version) {
  uint64_t number = 0;

  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9')
      return false;
    number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    if (number > UINT32_MAX)
      return false;
  }
  *version = (uint32_t)number;
  return text.len > 0;
}

bool negotiate_matches(gene_text_t list, uint32_t version) {
  gene_text_t element;

  while (next_element(&list, ',', &element)) {
    uint32_t tagged;

    if (same(element, "*"))
      return true;
    if (element.len > 2 && strncmp(element.ptr, "W/", 2) == 0) {
      element.ptr += 2;
      element.len -= 2;
    }
    if (element.len < 3 || element.ptr[0] != '"' ||
        element.ptr[element.len - 1] != '"')
      continue;
    element.ptr++;
    element.len -= 2;
    /* Tags are compared as texts: "02" is another than "2". */
    if (element.ptr[0] != '0' && negotiate_version(element, &tagged) &&
        tagged == version)
      return true;
  }
  return false;
}

bool negotiate_event_id(gene_text_t text, uint64_t *id) {
  *id = 0;
  if (text.len == 0 || text.len > 15)
    return false;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9')
      return false;
    *id = *id * 10 + (uint64_t)(text.ptr[i] - '0');
  }
  return true;
}
