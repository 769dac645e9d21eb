/*
 * heap.h - the heap of one context: bump allocation in pages from a shared
 * warm pool, a hard cap, stop-the-world mark and lazy sweep into holes. It
 * knows how to trace every layout of object.h; it never runs Gene code, never
 * collects by itself (only gn_heap_collect does, at a safepoint), and never
 * aborts: an allocation over the cap gives NULL.
 */
#ifndef GN_CORE_HEAP_H
#define GN_CORE_HEAP_H

#include "core/object.h"

#define GN_NONE ((gn_value)0) /* "no value": what failing constructors give */

typedef struct gn_pool gn_pool;   /* warm pages of a core */
typedef struct gn_chunk gn_chunk; /* a page, or one large object */

/* A loop that walks along a few texts at once stays linear. */
#define GN_TEXT_PLACES 4

typedef struct gn_heap {
  char *cur, *end;   /* the hole that is being filled */
  uint8_t obj_flags; /* OR-ed into every object: GN_STATIC or 0 */
  bool failed;       /* an allocation hit the cap since it was last cleared */
  uint64_t seed;     /* of the hash tables */
  gn_pool *pool;
  size_t cap;       /* hard cap in bytes */
  size_t bytes;     /* held: pages and large objects, scratch charges */
  size_t peak;      /* most bytes ever held */
  size_t gc_at;     /* collect at the next safepoint when bytes exceed it */
  size_t live;      /* bytes that the last collection reached */
  size_t keep;      /* free pages beyond this many bytes go to the pool */
  gn_chunk *chunks; /* pages in use, newest first */
  gn_chunk *sweep;  /* pages not swept since the last collection */
  struct gn_hole *holes; /* other holes, found by sweeping */
  gn_chunk *large;
  uint64_t collections;
  uint64_t fail_in; /* the allocation that shall fail; 0: none. While it is
                          set, cur == end and the hole waits in aside */
  char *aside_cur, *aside_end;
  struct gn_check *check; /* set while gn_heap_validate walks */
  /* Marks what the owner holds outside the heap; called by a collection. */
  void (*roots)(struct gn_heap *heap, void *owner);
  void *owner;
  /* Told of the code of each closure that a collection reaches (programs made
   * by eval live as long as somebody can run them). NULL: nobody asks. */
  void (*code)(struct gn_heap *heap, const struct gn_proto *proto);
  /* The places last looked up in long texts that are not ASCII, one for each
   * text: the next one is often near. They count until the next collection. */
  struct gn_text_place {
    const void *text;
    uint64_t collections;
    uint32_t chars, bytes;
  } places[GN_TEXT_PLACES];
  uint32_t next_place; /* to be forgotten */
  size_t gone;         /* bytes of the first large object that were given back;
                          while the heap is destroyed */
} gn_heap;

/* ---- pool ---- */

/* A pool that keeps at most max_bytes of free pages in memory. NULL: out of
 * memory. One thread uses it and all heaps that draw on it. */
gn_pool *gn_pool_create(size_t max_bytes);
/* All heaps must have been destroyed before. NULL is allowed. */
void gn_pool_destroy(gn_pool *pool);
/* Bytes of free pages that are kept warm. */
size_t gn_pool_free_bytes(const gn_pool *pool);

/* ---- heap ---- */

/* Starts an empty heap; takes no page until the first allocation. Heaps that
 * share static objects must have the same seed: symbols keep their hash. The
 * owner sets roots and owner before the first collection. */
void gn_heap_init(gn_heap *heap, gn_pool *pool, size_t cap, uint64_t seed);

/* Gives all pages back to the pool: no walk over objects. */
void gn_heap_destroy(gn_heap *heap);
/* The same in pieces, of a heap that nobody uses any more: about *budget bytes
 * of it, less if *budget is more than is left, by which it falls. True: all is
 * gone, as after gn_heap_destroy. */
bool gn_heap_destroy_some(gn_heap *heap, size_t *budget);

/* The slow half of gn_alloc. */
void *gn_alloc_slow(gn_heap *heap, enum gn_type type, size_t bytes);

/* A new object of `bytes` bytes in all, its header filled, the rest
 * undefined; the caller fills it before the next safepoint. NULL, with
 * heap->failed set, when the cap or the machine's memory is reached. */
static inline void *gn_alloc(gn_heap *heap, enum gn_type type, size_t bytes) {
  size_t n = (bytes + 15) & ~(size_t)15;
  if (GN_UNLIKELY(n > (size_t)(heap->end - heap->cur) || n < bytes))
    return gn_alloc_slow(heap, type, bytes);
  gn_obj *o = (gn_obj *)(void *)heap->cur;
  heap->cur += n;
  o->type = (uint8_t)type;
  o->flags = heap->obj_flags;
  o->aux = 0;
  o->size = (uint32_t)(n >> 4);
  return o;
}

/* How much a growing buffer that needs `need` should ask for: `want`, or when
 * the cap leaves no room for that, three quarters of the room. All in units of
 * `unit` bytes. */
static inline size_t gn_growth(const gn_heap *heap, size_t need, size_t want,
                               size_t unit) {
  size_t room = (heap->cap - heap->bytes) / unit;
  if (want > room)
    want = room - room / 4;
  return want < need ? need : want;
}

/* A value buffer of at least cap slots, all GN_NIL. A blob of cap bytes with
 * used == 0. NULL like gn_alloc. */
gn_values *gn_values_new(gn_heap *heap, size_t cap);
gn_blob *gn_blob_new(gn_heap *heap, size_t cap);

/* ---- buffers that grow ---- */

/* A buffer of GN_ROOMY_MIN bytes or more that was made by these lies where
 * address space for all that the heap may ever hold follows: it grows in place
 * and at the cost of a system call, however long it is. */
#define GN_ROOMY_MIN ((size_t)1 << 20)

/* Makes such a buffer at least `bytes` bytes long in all; what is added is 0.
 * False, and nothing has changed: the cap or the machine does not allow it, or
 * obj is another object; whoever wants more then moves to a new buffer. */
bool gn_heap_extend(gn_heap *heap, void *obj, size_t bytes);

/* The same for a blob that others may know; its cap is at least `cap` then. */
bool gn_blob_extend(gn_heap *heap, gn_blob *blob, size_t cap);

/* A buffer for at least cap slots or bytes that begins with the first `keep` of
 * old's (NULL: it has none): old itself, longer now, or a copy. Slots after
 * these are GN_NIL or GN_NONE; the blob's `used` is old's, or 0. NULL like
 * gn_alloc, and old is as it was. Pointers into old stay good until the next
 * collection. */
gn_values *gn_values_grow(gn_heap *heap, gn_values *old, size_t keep,
                          size_t cap);
gn_blob *gn_blob_grow(gn_heap *heap, gn_blob *old, size_t keep, size_t cap);

/* A blob whose cap bytes are all 0; the pages of a large one are only there
 * once they are used. NULL like gn_alloc. */
gn_blob *gn_blob_zero(gn_heap *heap, size_t cap);

/* Makes an object of a block of malloc's without copying it: the object begins
 * GN_ADOPT_HEAD bytes into the block and has `bytes` bytes in all; the block
 * must have room up to their next multiple of 16. The object's header is filled
 * in, and the block is the heap's from then on. NULL like gn_alloc: then it is
 * still the caller's. */
#define GN_ADOPT_HEAD 16
void *gn_heap_adopt(gn_heap *heap, enum gn_type type, void *block,
                    size_t bytes);

/* Memory outside pages that counts against the cap (regex or file scratch).
 * False when it would go over; nothing is charged then. */
bool gn_heap_charge(gn_heap *heap, size_t bytes);
void gn_heap_uncharge(gn_heap *heap, size_t bytes);

static inline bool gn_heap_wants_gc(const gn_heap *heap) {
  return GN_UNLIKELY(heap->bytes > heap->gc_at);
}

/* Marks from the roots and frees the rest: large objects at once, the others
 * when their page is next looked at. Only at a safepoint, and never on a heap
 * of static objects. */
void gn_heap_collect(gn_heap *heap);

/* For tracers: marks a value or object and everything it reaches (queued, no
 * recursion). gn_mark_raw marks a buffer whose owner traces its contents. */
void gn_mark(gn_heap *heap, gn_value v);
void gn_mark_obj(gn_heap *heap, void *obj_or_null);
void gn_mark_raw(gn_heap *heap, void *obj_or_null);

/* Walks all pages and asserts what must hold of a heap: sizes, types,
 * pointers into live objects. For tests and stress modes; returns the number
 * of live objects. */
size_t gn_heap_validate(gn_heap *heap);

/* Makes the nth allocation or charge from now fail, once; 0: none. */
void gn_heap_fail_nth(gn_heap *heap, uint64_t nth);

/* ---- resumable walks and other objects with a tracer of their own ---- */

typedef struct gn_machine {
  gn_obj h;
  void (*trace)(gn_heap *heap, struct gn_machine *machine);
} gn_machine;

/* These start with a gn_machine too (trace NULL: nothing to trace): FIBER,
 * FUTURE, MODULE, GENERATOR, ITERATOR, BOUND, REGEX, MATCH, DATE, TIME,
 * DATETIME, SELECTOR, ENUM, VARIANT, ENUMVAL, INTERFACE, ADAPTER, INTERCEPTOR,
 * INTERCEPTION, TYPEEXPR, ACTOR. */

/* ---- hashing ---- */

/* Keyed hashes that are never 0 (SipHash-1-3, cut to 32 bits); bytes that are
 * equal hash equal, in a string or in a symbol. */
uint32_t gn_hash_bytes(uint64_t seed, const void *data, size_t len);
uint32_t gn_hash_word(uint64_t seed, uint64_t word);

#endif
