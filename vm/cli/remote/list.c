/*
 * list.c - the caller's futures, page by page: a table for people, or a line of
 * JSON for each.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/plain.h"
#include "cli/remote/call.h"
#include "cli/remote/field.h"
#include "cli/remote/interrupt.h"

#define ANSWER_MS    30000u
#define PAGE_MAX     50
#define ABOUT_COLUMN 67
#define ABOUT_MAX    200
#define QUERY_MAX    1800

typedef struct listing {
  remote *remote;
  uint64_t left;    /* futures to be listed yet */
  uint64_t page;    /* futures to be asked for at once */
  size_t width;     /* of what is said about each */
  char cursor[512]; /* "": the first page */
  bool more;
} listing;

/* ---- cells -------------------------------------------------------------- */

/* Seconds since a time such as 2026-11-22T17:44:00.123Z; -1: it is none. */
static double seconds_since(const char *text) {
  struct tm tm = {.tm_isdst = 0};
  const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
  if (rest == NULL)
    return -1;
  double age = difftime(time(NULL), timegm(&tm));
  return age < 0 ? 0 : age; /* its clock is ahead */
}

static void put_age(const json_t *future) {
  gene_text_t created = field_text(future, "created_at");
  double s = created.ptr != NULL ? seconds_since(created.ptr) : -1;
  if (s < 0)
    printf("%5s", "-");
  else if (s < 120)
    printf("%4.0fs", s);
  else if (s < 7200)
    printf("%4.0fm", s / 60);
  else if (s < 172800)
    printf("%4.0fh", s / 3600);
  else
    printf("%4.0fd", s / 86400);
}

static void put_wall(const json_t *usage) {
  double us = (double)field_u64(usage, "wall_us");
  if (us < 1e4)
    printf("%7.0f us", us);
  else if (us < 1e7)
    printf("%7.1f ms", us / 1e3);
  else
    printf("%8.1f s", us / 1e6);
}

static void put_count(uint64_t n) {
  static const char units[] = " kMGT";
  double value = (double)n;
  size_t unit = 0;
  while (value >= 10000 && unit < sizeof units - 2) {
    value /= 1000;
    unit++;
  }
  printf("%6.0f%c", value, units[unit]);
}

/* The first line of a text that is not empty, cut, no control in it. */
static void put_line(gene_text_t text, size_t width) {
  const char *end = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
  size_t columns = 0;
  if (end != NULL)
    text.len = (size_t)(end - text.ptr);
  for (size_t at = 0; at < text.len;) {
    int32_t c = plain_next(text, &at);
    bool control = plain_is_control(c) || c == '\t';
    int wide = control ? 1 : plain_width(c);
    columns += wide > 0 ? (size_t)wide : 0;
    if (columns > width)
      return;
    plain_put_char(stdout, control ? ' ' : c);
  }
}

static gene_text_t last_line(gene_text_t text) {
  while (text.len > 0 && text.ptr[text.len - 1] == '\n')
    text.len--;
  const char *end = text.len > 0 ? memrchr(text.ptr, '\n', text.len) : NULL;
  if (end == NULL)
    return text;
  return (gene_text_t){end + 1, (size_t)(text.ptr + text.len - (end + 1))};
}

static void put_error(const json_t *error, size_t width) {
  char line[ABOUT_MAX];
  gene_text_t name = field_text(error, "class");
  gene_text_t message = field_text(error, "message");
  snprintf(line, sizeof line, "%s: %s", name.ptr != NULL ? name.ptr : "",
           message.ptr != NULL ? message.ptr : "");
  put_line(plain_text(line), width);
}

static void put_progress(const json_t *progress, size_t width) {
  double fraction = field_fraction(progress);
  char *report = field_report(progress);
  if (fraction >= 0 && fraction <= 1 && width > 5) {
    printf("%3.0f %% ", fraction * 100);
    width -= 6;
  }
  put_line(plain_text(report != NULL ? report : ""), width);
  free(report);
}

/* What it came to, or how far it is. */
static void put_about(const json_t *future, size_t width) {
  const json_t *error = json_object_get(future, "error");
  const json_t *progress = json_object_get(future, "progress");
  if (json_is_object(error))
    put_error(error, width);
  else if (!field_status_is(future, "pending"))
    put_line(field_text(future, "text"), width);
  else if (json_is_object(progress))
    put_progress(progress, width);
  else
    put_line(last_line(field_text(future, "output")), width);
}

/* ---- rows --------------------------------------------------------------- */

static size_t width_of_about(void) {
  struct winsize size;
  if (isatty(STDOUT_FILENO) != 1)
    return ABOUT_MAX;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    size.ws_col = 80;
  return size.ws_col > ABOUT_COLUMN + 10 ? size.ws_col - ABOUT_COLUMN : 10;
}

/* A pending one is told by its phase, which says more. */
static void put_row(const listing *l, const json_t *future) {
  gene_text_t phase = field_text(future, "phase");
  gene_text_t status = field_text(future, "status");
  const json_t *usage = json_object_get(future, "usage");
  char word[12];
  if (field_status_is(future, "pending") && phase.ptr != NULL)
    status = phase;
  plain_copy(word, sizeof word, status);
  printf("%s  ", field_text(future, "id").ptr);
  put_line(plain_text(word), sizeof word);
  printf("%*s", (int)(sizeof word - strlen(word)), "");
  put_age(future);
  putchar(' ');
  put_wall(usage);
  putchar(' ');
  put_count(field_u64(usage, "fuel"));
  fputs("  ", stdout);
  put_about(future, l->width);
  putchar('\n');
}

static void put_json(const json_t *future) {
  /* ASCII alone: no control character of another's gets to a terminal. */
  json_dumpf(future, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar('\n');
}

static void put_items(listing *l, const json_t *items) {
  const json_t *future;
  size_t i;
  json_array_foreach(items, i, future) {
    if (l->left == 0 || !field_is_future(future))
      continue;
    if (l->remote->options->remote.json)
      put_json(future);
    else
      put_row(l, future);
    l->left--;
  }
}

/* ---- pages -------------------------------------------------------------- */

/* Appends &NAME=VALUE, encoded. False: there is no room. */
static bool add_query(char *out, size_t size, const char *name,
                      const char *value) {
  static const char hex[] = "0123456789ABCDEF";
  size_t len = strlen(out);
  int wrote = snprintf(out + len, size - len, "&%s=", name);
  len += (size_t)wrote;
  for (const char *at = value; *at != '\0'; at++) {
    unsigned char c = (unsigned char)*at;
    if (len + 4 > size)
      return false;
    if (isalnum(c) || strchr("-_.~", c) != NULL) {
      out[len++] = (char)c;
      continue;
    }
    out[len++] = '%';
    out[len++] = hex[c >> 4];
    out[len++] = hex[c & 15];
  }
  out[len] = '\0';
  return true;
}

static bool make_path(const listing *l, char *out, size_t size) {
  const cli_remote *o = &l->remote->options->remote;
  snprintf(out, size, "/futures?limit=%llu",
           (unsigned long long)(l->left < l->page ? l->left : l->page));
  return (o->status == NULL || add_query(out, size, "status", o->status)) &&
         (o->label == NULL || add_query(out, size, "label", o->label)) &&
         (l->cursor[0] == '\0' || add_query(out, size, "cursor", l->cursor));
}

/* Takes a page in. False: it is none. */
static bool take_page(listing *l, const http_reply *reply) {
  json_t *page = reply->end == HTTP_ANSWERED && reply->status == 200
                     ? field_object(reply->body, reply->len)
                     : NULL;
  const json_t *items = json_object_get(page, "items");
  gene_text_t next = field_text(page, "next");
  bool good = json_is_array(items) && next.len < sizeof l->cursor;
  if (good) {
    put_items(l, items);
    l->more = next.len > 0;
    plain_copy(l->cursor, sizeof l->cursor, next);
  }
  json_decref(page);
  return good;
}

/* One page; false: *code is what to exit with. */
static bool turn_page(listing *l, int *code) {
  char path[QUERY_MAX];
  http_reply reply;
  if (!make_path(l, path, sizeof path)) {
    fputs("gene: the status or label is too long\n", stderr);
    *code = REMOTE_REFUSED;
    return false;
  }
  http_request request = {.path = path, .timeout_ms = ANSWER_MS};
  call(l->remote, &request, &reply);
  screen_clear(&l->remote->screen);
  bool good = true;
  if (reply.end == HTTP_TOO_LONG && l->page > 1) {
    l->page /= 2;
  } else if (!take_page(l, &reply)) {
    *code = call_complain(l->remote, "/futures", &reply, NULL);
    good = false;
  }
  http_reply_free(&reply);
  return good;
}

static int list_all(listing *l) {
  int code = REMOTE_GOOD;
  if (!l->remote->options->remote.json)
    printf("%-24s  %-11s %5s %10s %7s  %s\n", "ID", "STATUS", "AGE", "WALL",
           "FUEL", "VALUE");
  do {
    if (!turn_page(l, &code))
      return code;
  } while (l->more && l->left > 0 && !ferror(stdout));
  if (fflush(stdout) != 0 || ferror(stdout)) {
    l->remote->screen.output_error = errno != 0 ? errno : EIO;
    return remote_stopped(l->remote);
  }
  if (l->more)
    screen_note(&l->remote->screen, "there are more: --limit N shows them");
  return code;
}

int remote_list(remote *r) {
  listing l = {.remote = r,
               .left = r->options->remote.limit,
               .page = PAGE_MAX,
               .width = width_of_about(),
               .more = true};
  return interrupt_listen() ? list_all(&l) : REMOTE_FAILURE;
}
