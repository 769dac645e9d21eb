/*
 * reader_impl.h - what the files of the reader share: its state, the stack of
 * open forms, errors, scratch text. Nobody else includes it but the printer,
 * which escapes by the same classes of characters.
 */
#ifndef GN_SYNTAX_READER_IMPL_H
#define GN_SYNTAX_READER_IMPL_H

#include "syntax/reader.h"
#include "types/string.h"

/* ---- characters ---- */

enum rd_class {
  RD_SPACE = 1, /* white space, comma included */
  RD_END = 2,   /* ends a token (white space too) */
  RD_DIGIT = 4,
  RD_SPECIAL = 8, /* within a symbol: `\` and `/` */
  RD_CLOSE = 16,  /* ) ] } */
  RD_TEXT = 32,   /* within a string: " \ # */
  RD_HEX = 64,
};
extern const uint8_t rd_classes[256];

static inline bool rd_is(char c, unsigned classes) {
  return (rd_classes[(unsigned char)c] & classes) != 0;
}

/* ---- open forms ---- */

enum rd_kind {
  RD_TOP,
  RD_LIST, /* ( ), and #{ } within a string */
  RD_ARRAY,
  RD_MAP,
  RD_HASH, /* {{ }} */
  RD_QUOTE,
  RD_UNQUOTE,
  RD_DECORATOR,
  RD_SEGMENT, /* < > within a path */
  /* These are gone on with before anything else. */
  RD_STRING, /* an interpolated string, between its substitutions */
  RD_PLAIN,  /* one without any, read in several steps or with escapes */
  RD_BYTES,  /* 0#.. 0!.. 0*.. */
  RD_PATH,   /* a symbol with special characters */
};

enum rd_flag {
  RD_SEALED = 1,
  RD_SUBST = 2,   /* list: the #{ } of a string */
  RD_TRIPLE = 4,  /* string: """ """ */
  RD_DROP = 8,    /* unquote: %_ */
  RD_RAW = 8,     /* plain string: #r" " */
  RD_METHOD = 16, /* segment: .< > */
  RD_CHAIN = 32,  /* inherited by prefixes: `;` is the chain separator */
  RD_NARROW = 64, /* inherited by prefixes: `>` ends a token */
  RD_SEEN = 128,  /* string: a substitution was seen; path: it must go on
                       with `/` or end; symbol text had an escape */
};

enum rd_props { RD_NO_PROPS, RD_IN_PROPS, RD_PAST_PROPS };

typedef struct rd_frame {
  uint8_t kind, flags, props;
  bool escaped;                    /* path: an escape was seen */
  uint16_t level;                  /* forms around and including this one */
  uint16_t extra;                  /* levels from dict down to target */
  uint32_t height;                 /* levels of what it holds so far */
  uint32_t line, column;           /* place of the form */
  uint32_t open_line, open_column; /* of what opened it, for errors */
  uint32_t splices;                /* ^... so far */
  uint32_t key_len;
  size_t base;     /* its first slot on the stack of values */
  gn_dict *dict;   /* entries or properties */
  gn_dict *target; /* where the value of `key` goes; NULL: no key
                                waits for its value */
  gn_value key;
  const char *key_text; /* in the source, for errors; bytes: their start */
  gn_array *items;      /* children before those on the stack, NULL: none; of a
                           list or hash map the first one stays there */
} rd_frame;

/* Bytes that are being read; what is complete lies in the scratch. */
typedef struct rd_bits {
  unsigned bits; /* of a digit */
  unsigned have; /* bits in acc that are not written yet */
  uint32_t acc;
  bool gap; /* after a ~: white space is skipped */
  size_t digits, pads;
} rd_bits;

struct gn_reader {
  gn_machine m;
  gn_value text; /* what is read in steps: a String; else GN_NIL */
  gn_heap *heap;
  const char *p, *end;
  const char *stop;     /* a step is over there, or at `end` all is read */
  const char *checked;  /* up to here there is no NUL; or one is here */
  size_t comment_depth; /* of the one that r->p is in, between two steps */
  uint32_t comment_line, comment_column; /* where that one begins */
  bool begun;                            /* the whole text is checked */
  bool in_line;  /* r->p is in a comment up to the end of the line */
  bool in_text;  /* the scratch holds the beginning of a text */
  bool data;     /* {{ }} becomes a HashMap; places are left out */
  bool serial;   /* GN_READER_SERIAL */
  bool only;     /* the first form must be all there is */
  bool failed;   /* nothing can be read any more */
  rd_bits bytes; /* of the RD_BYTES on top */
  gn_syntax_error *err;
  size_t took; /* what the last step did, in bytes read */
  /* The place of `mark`; it only ever moves forward. */
  const char *mark;
  uint32_t line, column;
  rd_frame *frames;
  size_t nframes, frames_cap;
  gn_value *values; /* finished children of open forms */
  size_t nvalues, values_cap;
  char *buf; /* scratch text */
  size_t buf_len, buf_cap;
  size_t blank;    /* so much white space the scratch begins with, or more */
  size_t text_end; /* behind the last of it that is no white space */
  gn_blob *frames_buf, *text_buf; /* where they lie */
  gn_values *values_buf;
  uint32_t nesting; /* levels that forms may have */
};

/* The byte i places on; 0 past the end (no valid text has a NUL). */
static inline char rd_peek(const gn_reader *r, size_t i) {
  return i < (size_t)(r->end - r->p) ? r->p[i] : '\0';
}
static inline rd_frame *rd_top(gn_reader *r) {
  return &r->frames[r->nframes - 1];
}
/* Whether a token can't go on at p. */
static inline bool rd_token_ends(gn_reader *r, const char *p) {
  return p >= r->end || rd_is(*p, RD_END) ||
         (*p == '>' && (rd_top(r)->flags & RD_NARROW) != 0);
}

/* All functions below that give bool give false after they have filled
 * r->err; whoever sees that gives up. */

/* ---- errors: reader_state.c ---- */

/* Sets r->line and r->column to those of `at`, at or after r->mark. */
void rd_place(gn_reader *r, const char *at);
bool rd_fail(gn_reader *r, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool rd_fail_open(gn_reader *r, const rd_frame *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool rd_oom(gn_reader *r);
bool rd_too_deep(gn_reader *r, const char *at);
/* The token at p, cut to what a message can hold: its length. */
int rd_token_len(gn_reader *r, const char *p);

/* ---- buffers: reader_state.c ---- */

/* One more open form. */
bool rd_grow_frames(gn_reader *r);
/* One more finished form; GN_NONE is out of memory. */
bool rd_push_value(gn_reader *r, gn_value v);

/* ---- building: reader.c ---- */

/* Opens a form at `at`; RD_CHAIN and RD_NARROW are worked out. */
bool rd_push(gn_reader *r, enum rd_kind kind, unsigned flags, const char *at);
/* Gives a finished form of so many levels to the open one. */
bool rd_emit(gn_reader *r, gn_value v, uint32_t height);
/* A symbol with the place of `at`. GN_NONE: out of memory. */
gn_value rd_symbol_at(gn_reader *r, const char *text, size_t len,
                      const char *at);

/* Scratch text: reader_state.c. */
bool rd_put(gn_reader *r, const char *bytes, size_t len);
bool rd_put_code(gn_reader *r, uint32_t code_point);
/* What lies there as a String, or as Bytes; the scratch may be gone then. */
gn_value rd_scratch_string(gn_reader *r);
gn_value rd_scratch_bytes(gn_reader *r);

/* ---- tokens ---- */

/* Each reads one token at r->p and emits it, or opens a form. */
bool rd_number(gn_reader *r); /* read_number.c: also dates and bytes */
bool rd_string(gn_reader *r, bool holes, bool raw); /* read_text.c, after # */
bool rd_char(gn_reader *r);
bool rd_regex(gn_reader *r);         /* at the # of #/ */
bool rd_string_step(gn_reader *r);   /* goes on with the RD_STRING on top */
bool rd_plain_step(gn_reader *r);    /* goes on with the RD_PLAIN on top */
bool rd_symbol(gn_reader *r);        /* read_symbol.c */
bool rd_path_step(gn_reader *r);     /* goes on with the RD_PATH on top */
bool rd_segment_close(gn_reader *r); /* the RD_SEGMENT on top has its form */
bool rd_key(gn_reader *r);           /* read_key.c: at the ^ of a list or map */
/* read_bytes.c: 0# 0! 0* */
bool rd_bytes(gn_reader *r);
bool rd_bytes_step(gn_reader *r); /* goes on with the RD_BYTES on top */
/* read_text.c: at a backslash; the code point it stands for. */
bool rd_escape(gn_reader *r, uint32_t *code_point);

/* reader.c: skips a block comment, that at r->p or the one begun before. When
 * the step is over within it, its depth stays what it is. */
bool rd_block_comment(gn_reader *r);

/* Whether the step is over; at the end of the text it never is. */
static inline bool rd_pauses(const gn_reader *r) {
  return r->p >= r->stop && r->p < r->end;
}
/* reader.c: does the next piece of work; *at_end when there is none left. */
bool rd_advance(gn_reader *r, bool *at_end);

#endif
