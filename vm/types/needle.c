/*
 * needle.c - the two-way search of Crochemore and Perrin, which needs the same
 * few numbers however long the needle is, and so can stop anywhere. It reads
 * texts from the end as it reads them from the front, and never compares more
 * than a few times as many bytes as there are.
 */
#include "types/needle.h"

#define STROKE      16384 /* bytes compared between two looks at the slice */
#define FALSE_START 8     /* what one costs, as so many bytes */

enum step { STEP_LESS, STEP_MORE, STEP_PERIOD, STEP_READY };

/* Numbers below 0 mean: before the first byte. */
typedef struct needle {
  enum step step;
  /* the greatest suffix under way: it begins after ms and repeats after p */
  int64_t ms, j, k, p;
  /* the needle is cut after byte cut; per: its period, or how far a search may
   * go on after the second half matched */
  int64_t cut, per;
  bool periodic;
  /* the search: place of the needle, up to where its first half is known to
   * match, and what is being compared */
  int64_t place, known, i;
  bool first_half, placed;
} needle;

/* Bytes that are read from the front or from the end. */
typedef struct bytes {
  const char *p;
  int64_t n;
  bool back;
} bytes;

static inline unsigned char byte_at(bytes b, int64_t i) {
  assert(i >= 0 && i < b.n);
  return (unsigned char)b.p[b.back ? b.n - 1 - i : i];
}

/* How many of the `most` bytes from a[i] and b[j] on are equal in a row. */
static int64_t equal_run(bytes a, int64_t i, bytes b, int64_t j, int64_t most) {
  int64_t done = 0;
  for (; most - done >= 64; done += 64) {
    const char *x = a.back ? a.p + (a.n - i - done - 64) : a.p + i + done;
    const char *y = b.back ? b.p + (b.n - j - done - 64) : b.p + j + done;
    if (memcmp(x, y, 64) != 0)
      break;
  }
  while (done < most && byte_at(a, i + done) == byte_at(b, j + done))
    done++;
  return done;
}

static int64_t at_most(int64_t n, int64_t most) {
  return n < most ? n : most;
}

/* ---- what is to be known of the needle ---- */

static void begin_suffix(needle *w, enum step step) {
  w->step = step;
  w->ms = -1;
  w->j = 0;
  w->k = w->p = 1;
}

/* The greatest suffix in the order of bytes, or in the reverse order; some
 * comparisons of it. True: done. */
static bool suffix_some(needle *w, bytes x) {
  bool less = w->step == STEP_LESS;
  for (int steps = 0; steps < STROKE; steps++) {
    if (w->j + w->k >= x.n)
      return true;
    unsigned char a = byte_at(x, w->j + w->k), b = byte_at(x, w->ms + w->k);
    if (a == b) {
      bool whole = w->k == w->p;
      w->j += whole ? w->p : 0;
      w->k = whole ? 1 : w->k + 1;
    } else if ((a < b) == less) {
      w->j += w->k;
      w->k = 1;
      w->p = w->j - w->ms;
    } else {
      w->ms = w->j++;
      w->k = w->p = 1;
    }
  }
  return false;
}

/* Whether the first half repeats in the second is looked at; true: it is
 * known. */
static bool period_some(needle *w, bytes x) {
  int64_t most = at_most(w->cut + 1 - w->i, STROKE);
  int64_t same = equal_run(x, w->i, x, w->i + w->per, most);
  w->i += same;
  if (same == most && w->i <= w->cut)
    return false;
  w->periodic = w->i > w->cut;
  if (!w->periodic) {
    int64_t rest = x.n - w->cut - 1;
    w->per = (w->cut + 1 > rest ? w->cut + 1 : rest) + 1;
  }
  return true;
}

/* One step of making the needle ready. */
static void ready_some(needle *w, bytes x) {
  if (w->step == STEP_PERIOD) {
    if (period_some(w, x))
      w->step = STEP_READY;
  } else if (suffix_some(w, x)) {
    bool first = w->step == STEP_LESS;
    if (first || w->ms >= w->cut) {
      w->cut = w->ms;
      w->per = w->p;
    }
    w->i = 0;
    begin_suffix(w, first ? STEP_MORE : STEP_PERIOD);
  }
}

/* ---- the search ---- */

static void put_at(needle *w, int64_t place, int64_t known) {
  w->place = place;
  w->known = known;
  w->i = (w->cut > known ? w->cut : known) + 1;
  w->first_half = false;
}

/* Goes on to where the first byte after the cut is found, at most STROKE bytes
 * on. */
static void skip(needle *w, bytes x, bytes y) {
  int64_t from = w->place + w->i;
  int64_t most = at_most(y.n - x.n - w->place + 1, STROKE);
  int want = byte_at(x, w->i);
  const char *hit;
  int64_t passed = most;
  if (y.back) {
    const char *p = y.p + (y.n - from - most);
    hit = memrchr(p, want, (size_t)most);
    if (hit)
      passed = p + most - 1 - hit;
  } else {
    hit = memchr(y.p + from, want, (size_t)most);
    if (hit)
      passed = hit - (y.p + from);
  }
  put_at(w, w->place + passed, -1);
}

/* Compares the second half from w->i on, then the first one back from the cut;
 * the work done is added to *work. True: all of the needle matches. */
static bool compare_some(needle *w, bytes x, bytes y, int64_t *work) {
  if (!w->first_half) {
    int64_t most = at_most(x.n - w->i, STROKE);
    int64_t same = equal_run(x, w->i, y, w->place + w->i, most);
    *work += same;
    w->i += same;
    if (same < most)
      put_at(w, w->place + w->i - w->cut, -1);
    if (same < most || w->i < x.n)
      return false;
    w->first_half = true;
    w->i = w->known + 1;
  }
  int64_t most = at_most(w->cut + 1 - w->i, STROKE);
  int64_t same =
      most > 0 ? equal_run(x, w->i, y, w->place + w->i, most) : (most = 0);
  *work += same;
  w->i += same;
  if (same == most)
    return w->i > w->cut;
  put_at(w, w->place + w->per, w->periodic ? x.n - w->per - 1 : -1);
  return false;
}

/* Looks on for about STROKE bytes. 1, 0 or GN_SEEK_PAUSE. */
static int search_some(needle *w, bytes x, bytes y, int64_t *work) {
  while (w->place <= y.n - x.n) {
    if (*work >= STROKE)
      return GN_SEEK_PAUSE;
    if (w->known < 0 && !w->first_half && w->i == w->cut + 1) {
      int64_t from = w->place;
      skip(w, x, y);
      *work += (w->place - from) / 8 + FALSE_START;
      if (w->place > y.n - x.n || w->place - from == STROKE)
        continue;
    }
    if (compare_some(w, x, y, work))
      return 1;
  }
  return 0;
}

/* ---- one entry ---- */

static needle *needle_of(gn_ctx *ctx, gn_value *state, size_t n,
                         needle *short_one) {
  needle *w = short_one;
  if (*state != GN_NIL)
    return (needle *)(void *)((gn_blob *)gn_as_obj(*state))->bytes;
  if (n >= GN_NEEDLE_LONG) {
    gn_blob *blob = gn_blob_new(gn_ctx_heap(ctx), sizeof *w);
    if (!blob)
      return NULL;
    *state = gn_from_obj(blob);
    w = (needle *)(void *)blob->bytes;
  }
  w->placed = false;
  w->cut = -1;
  w->per = 1;
  w->periodic = false;
  begin_suffix(w, STEP_LESS);
  return w;
}

/* GN_OK or GN_SEEK_PAUSE. A needle that is not kept is always made ready. */
static int make_ready(gn_ctx *ctx, needle *w, bytes x) {
  while (w->step != STEP_READY) {
    ready_some(w, x);
    gn_charge(ctx, (uint64_t)at_most(x.n, STROKE) / 8);
    if (x.n >= GN_NEEDLE_LONG && gn_slice_over(ctx))
      return GN_SEEK_PAUSE;
  }
  return GN_OK;
}

int gn_needle_seek(gn_ctx *ctx, gn_value *state, const char *text, size_t len,
                   const char *needle_text, size_t n, bool back, uint32_t *at) {
  bytes x = {needle_text, (int64_t)n, back}, y = {text, (int64_t)len, back};
  needle short_one;
  if (n > len || (!back && *at > len - n))
    return 0;
  if (back && *at > len - n)
    *at = (uint32_t)(len - n);
  needle *w = needle_of(ctx, state, n, &short_one);
  if (!w)
    return GN_SEEK_OOM;
  if (make_ready(ctx, w, x) != GN_OK)
    return GN_SEEK_PAUSE;
  int64_t from = back ? (int64_t)(len - n) - *at : *at;
  if (!w->placed || w->place != from)
    put_at(w, from, -1);
  w->placed = true;
  for (;;) {
    int64_t work = 0;
    int got = search_some(w, x, y, &work);
    gn_charge(ctx, (uint64_t)work / 16 + 1);
    if (got != 0)
      *at = (uint32_t)(back ? (int64_t)(len - n) - w->place : w->place);
    w->placed = got < 0;
    if (got >= 0 || gn_slice_over(ctx))
      return got;
  }
}
