/*
 * screen.c - draws. The line of progress is written whole and at once, cut to
 * the width of the terminal, and wiped before any other text.
 */
#include "cli/remote/screen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/plain.h"
#include "cli/remote/http.h"
#include "cli/remote/interrupt.h"

#define DELAY_MS  1000
#define REDRAW_MS 200
#define BAR_WIDTH 20
#define LINE_MAX  1024

/* ---- opening ------------------------------------------------------------ */

static bool can_wipe(void) {
  const char *term = getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && term != NULL && term[0] != '\0' &&
         strcmp(term, "dumb") != 0;
}

void screen_open(screen *s, bool follows) {
  uint64_t now = http_now();
  *s = (screen){.out_tty = isatty(STDOUT_FILENO) == 1,
                .draws = can_wipe(),
                .since_ms = now,
                .draw_ms = now + (follows ? 0 : DELAY_MS),
                .fraction = -1};
  s->tells = follows && !s->draws;
}

void screen_began(screen *s, uint64_t wall_ms) {
  s->base_ms = wall_ms;
}

/* ---- output ------------------------------------------------------------- */

static void note_error(screen *s) {
  if (s->output_error == 0)
    s->output_error = errno != 0 ? errno : EIO;
}

static void set_drawn(screen *s, bool drawn) {
  s->drawn = drawn;
  interrupt_wipes(drawn);
}

void screen_clear(screen *s) {
  if (s->drawn)
    fputs("\r\033[K", stderr);
  fflush(stderr);
  set_drawn(s, false);
}

void screen_output(screen *s, gene_text_t text) {
  if (text.len == 0 || s->output_error != 0)
    return;
  screen_clear(s);
  if (s->out_tty)
    plain_put(stdout, text, true);
  else
    fwrite(text.ptr, 1, text.len, stdout);
  if (fflush(stdout) != 0 || ferror(stdout))
    note_error(s);
  s->mid_line = text.ptr[text.len - 1] != '\n';
}

void screen_end_line(screen *s) {
  if (s->mid_line)
    screen_output(s, plain_text("\n"));
}

void screen_note(screen *s, const char *format, ...) {
  va_list args;
  screen_clear(s);
  if (s->mid_line && s->out_tty)
    screen_end_line(s);
  fputs("gene: ", stderr);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
}

/* ---- the line of progress ----------------------------------------------- */

typedef struct line {
  char text[LINE_MAX];
  size_t len;
  int columns, width;
} line;

/* As much of a text as there is room for, controls left out. */
static void add(line *l, gene_text_t text) {
  for (size_t at = 0; at < text.len;) {
    size_t from = at;
    int32_t c = plain_next(text, &at);
    if (plain_is_control(c) || c == '\t' || c == 0xfffd) {
      c = ' ';
      from = at; /* nothing of it is copied */
    }
    int width = plain_width(c);
    size_t bytes = from < at ? at - from : 1;
    if (l->columns + width > l->width || l->len + bytes > LINE_MAX)
      return;
    memcpy(l->text + l->len, from < at ? text.ptr + from : " ", bytes);
    l->len += bytes;
    l->columns += width;
  }
}

static void add_time(line *l, uint64_t ms) {
  char text[48];
  unsigned long long s = ms / 1000;
  if (s < 60)
    snprintf(text, sizeof text, " %llu.%u s", s, (unsigned)(ms / 100 % 10));
  else if (s < 3600)
    snprintf(text, sizeof text, " %llu min %02llu s", s / 60, s % 60);
  else
    snprintf(text, sizeof text, " %llu h %02llu min", s / 3600, s / 60 % 60);
  add(l, plain_text(text));
}

static void add_bar(line *l, double fraction) {
  char text[BAR_WIDTH + 16] = "  [";
  int full = (int)(fraction * BAR_WIDTH);
  for (int i = 0; i < BAR_WIDTH; i++)
    text[3 + i] = i < full ? '#' : '-';
  snprintf(text + 3 + BAR_WIDTH, sizeof text - 3 - BAR_WIDTH, "] %3d %%",
           (int)(fraction * 100));
  add(l, plain_text(text));
}

static int terminal_width(void) {
  struct winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
    return 79;
  return size.ws_col - 1; /* the last column may wrap */
}

static void draw(screen *s, uint64_t now) {
  static const char turns[] = "|/-\\";
  line l = {.width = terminal_width()};
  add(&l, (gene_text_t){turns + s->turn++ % 4, 1});
  add(&l, plain_text(" "));
  add(&l, plain_text(s->phase[0] != '\0' ? s->phase : "sent"));
  add_time(&l, s->base_ms + now - s->since_ms);
  if (s->fraction >= 0)
    add_bar(&l, s->fraction);
  add(&l, plain_text("  "));
  add(&l, plain_text(s->message));
  set_drawn(s, true);
  fprintf(stderr, "\r%.*s\033[K", (int)l.len, l.text);
  fflush(stderr);
}

bool screen_tick(void *data) {
  screen *s = data;
  uint64_t now = http_now();
  /* Where the output has begun a line, there is no place for another one. */
  if (s->draws && now >= s->draw_ms && !(s->mid_line && s->out_tty)) {
    draw(s, now);
    s->draw_ms = now + REDRAW_MS;
  }
  return s->output_error != 0;
}

/* ---- what is new -------------------------------------------------------- */

/* Keeps as much of a text as there is room for. True: it is another one. */
static bool keep(char *out, size_t size, gene_text_t text) {
  size_t len = plain_cut(text, size);
  if (strlen(out) == len && (len == 0 || memcmp(out, text.ptr, len) == 0))
    return false;
  plain_copy(out, size, text);
  return true;
}

void screen_phase(screen *s, gene_text_t phase) {
  if (!keep(s->phase, sizeof s->phase, phase) || !s->tells)
    return;
  fputs("gene: ", stderr);
  plain_put(stderr, plain_text(s->phase), false);
  fputc('\n', stderr);
}

static void tell_progress(const screen *s) {
  fputs("gene: ", stderr);
  if (s->fraction >= 0)
    fprintf(stderr, "%d %%%s", (int)(s->fraction * 100),
            s->message[0] != '\0' ? " " : "");
  plain_put(stderr, plain_text(s->message), false);
  fputc('\n', stderr);
}

void screen_progress(screen *s, double fraction, gene_text_t message) {
  double known = fraction >= 0 ? (fraction < 1 ? fraction : 1) : -1;
  bool other = keep(s->message, sizeof s->message, message);
  bool moved = (int)(known * 100) != (int)(s->fraction * 100);
  s->fraction = known;
  if (s->tells && (other || moved))
    tell_progress(s);
}
