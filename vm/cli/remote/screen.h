/*
 * screen.h - what the person sees of an evaluation while it goes on: its output
 * on stdout and, on a terminal, one line of progress below it on stderr.
 * Nothing that comes from the service reaches a terminal as it is.
 */
#ifndef GN_CLI_REMOTE_SCREEN_H
#define GN_CLI_REMOTE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gene.h"

#define SCREEN_WORD_MAX    16
#define SCREEN_MESSAGE_MAX 400

typedef struct screen {
  bool out_tty;     /* output is to be made harmless */
  bool draws;       /* stderr is a terminal that can wipe a line */
  bool tells;       /* changes are told by lines, where it doesn't draw */
  bool drawn;       /* the line of progress is there */
  bool mid_line;    /* the output so far does not end its line */
  int output_error; /* errno of writing to stdout; 0: none */
  uint64_t since_ms, draw_ms, base_ms;
  unsigned turn;
  char phase[SCREEN_WORD_MAX];
  double fraction; /* below 0: not known */
  char message[SCREEN_MESSAGE_MAX];
} screen;

/* follows: progress is what the person came for, so it is shown from the
 * beginning and told without a terminal too; else after a second. */
void screen_open(screen *s, bool follows);

/* How long the evaluation has been going on, as far as the service knows. */
void screen_began(screen *s, uint64_t wall_ms);

void screen_output(screen *s, gene_text_t text);
void screen_phase(screen *s, gene_text_t phase);

/* fraction from 0 to 1, or below 0 when there is none. */
void screen_progress(screen *s, double fraction, gene_text_t message);

/* Wipes the line of progress, before anything else is written. */
void screen_clear(screen *s);

/* Ends the line of the output, if it has to be. */
void screen_end_line(screen *s);

/* "gene: TEXT" on stderr. */
__attribute__((format(printf, 2, 3))) void screen_note(screen *s,
                                                       const char *format, ...);

/* Draws when it is time to. True: stdout takes nothing any more. */
bool screen_tick(void *s);

#endif
