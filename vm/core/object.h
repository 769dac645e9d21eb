/*
 * object.h - the layout of everything on a heap. Only layouts and the checks
 * and accessors that need nothing else; what a type does lives with the type.
 *
 * An object never moves. `size` is in units of 16 bytes, so a page can be
 * walked. Objects flagged GN_STATIC lie outside all context heaps (core or
 * program memory): they are never written after they were built and point at
 * static objects only.
 */
#ifndef GN_CORE_OBJECT_H
#define GN_CORE_OBJECT_H

#include "core/value.h"

enum gn_type {
  GN_T_FREE,   /* a hole, not an object */
  GN_T_BLOB,   /* raw bytes, never traced */
  GN_T_VALUES, /* a buffer of values, all traced */
  GN_T_FLOAT,  /* gn_boxed: a double outside the in-line range */
  GN_T_INT,    /* gn_boxed: an int outside 63 bits */
  GN_T_STRING,
  GN_T_SYMBOL,
  GN_T_CSYMBOL, /* complex symbol a/b */
  GN_T_ARRAY,
  GN_T_MAP, /* the next three are gn_dict */
  GN_T_HASHMAP,
  GN_T_HASHSET,
  GN_T_GENE,
  GN_T_UNQUOTE, /* gn_box: %form */
  GN_T_QUOTE,   /* gn_box: `form inside quoted data; evaluates by one less */
  GN_T_RANGE,
  GN_T_BYTES, /* gn_string layout, raw bytes */
  GN_T_REGEX,
  GN_T_MATCH,
  GN_T_DATE,
  GN_T_TIME,
  GN_T_DATETIME,
  GN_T_SELECTOR,
  GN_T_CLOSURE,
  GN_T_NATIVE, /* gn_native_fn */
  GN_T_BOUND,  /* a callable made of another one: bound method, partial,
                  compose, selector as function */
  GN_T_CELL,   /* gn_box: a captured variable */
  GN_T_CLASS,
  GN_T_INSTANCE, /* exceptions too */
  GN_T_SHAPE,
  GN_T_NAMESPACE,
  GN_T_MODULE,
  GN_T_FUTURE,
  GN_T_FIBER,
  GN_T_GENERATOR,
  GN_T_ITERATOR,
  GN_T_ENV, /* gn_env: the variables an eval or a macro call can see */
  GN_T_ENUM,
  GN_T_VARIANT,
  GN_T_ENUMVAL,
  GN_T_INTERFACE,
  GN_T_ADAPTER,
  GN_T_INTERCEPTOR,
  GN_T_INTERCEPTION,
  GN_T_TYPEEXPR,
  GN_T_ACTOR,
  GN_T_MACHINE, /* a resumable walk: printer, equality, hash, copy, sort */
  GN_T_COUNT
};

enum gn_flag {
  GN_MARK = 1, /* reached in the running collection */
  GN_STATIC = 2,
  GN_SEALED = 4, /* an immutable literal: prints with # */
  GN_FROZEN = 8, /* by freeze */
  GN_BUSY = 16,  /* being printed, compared or converted: finds cycles */
  GN_LARGE = 32, /* has an allocation of its own */
  GN_GRAY = 64,  /* reached, not yet traced: the gray stack was full */
};

typedef struct gn_obj {
  uint8_t type;  /* enum gn_type */
  uint8_t flags; /* enum gn_flag */
  uint16_t aux;  /* the type's own */
  uint32_t size; /* of the whole object, in 16 bytes */
} gn_obj;

_Static_assert(sizeof(gn_obj) == 8, "object header");

static inline gn_obj *gn_as_obj(gn_value v) {
  assert(gn_is_ptr(v) && v != 0);
  return (gn_obj *)(uintptr_t)v;
}
static inline gn_value gn_from_obj(const void *o) {
  return (gn_value)(uintptr_t)o;
}
static inline bool gn_is(gn_value v, enum gn_type t) {
  return gn_is_ptr(v) && gn_as_obj(v)->type == (uint8_t)t;
}
/* What the reader makes of parts, a path aside. */
static inline bool gn_is_compound(gn_value v) {
  switch (gn_is_ptr(v) ? gn_as_obj(v)->type : GN_T_FREE) {
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_GENE:
  case GN_T_QUOTE:
  case GN_T_UNQUOTE: return true;
  default: return false;
  }
}
static inline bool gn_immutable(const void *o) {
  return (((const gn_obj *)o)->flags & (GN_SEALED | GN_FROZEN)) != 0;
}

/* ---- buffers and boxes ---- */

typedef struct gn_blob {
  gn_obj h;
  uint32_t cap;  /* bytes */
  uint32_t used; /* bytes that are spoken for (string buffers) */
  char bytes[];
} gn_blob;

typedef struct gn_values {
  gn_obj h;
  uint64_t cap; /* values; those above what its owner uses may be stale, so a
                   buffer with an owner must not be reached otherwise */
  gn_value v[];
} gn_values;

typedef struct gn_boxed {
  gn_obj h;
  union {
    double d;
    int64_t i;
  } as;
} gn_boxed;

typedef struct gn_box { /* cell, unquote, quote */
  gn_obj h;
  gn_value v;
} gn_box;

/* ---- text ---- */

#define GN_CHARS_UNKNOWN UINT32_MAX
#define GN_STR_SHARED    1u /* aux: bytes lie in buf, else behind the header */

typedef struct gn_string { /* also GN_T_BYTES, where chars is unused */
  gn_obj h;
  uint32_t hash;  /* 0: not computed yet */
  uint32_t len;   /* bytes */
  uint32_t chars; /* code points, or GN_CHARS_UNKNOWN; ASCII iff == len */
  uint32_t at;    /* GN_STR_SHARED: where in buf->bytes it begins; else 0 */
  union {
    gn_blob *buf;  /* GN_STR_SHARED */
    char bytes[0]; /* len bytes */
  } as;
} gn_string;

#define GN_STRING_HEAD offsetof(gn_string, as)

/* Symbols are equal by content; the same pointer is the usual case. */
typedef struct gn_symbol {
  gn_obj h;
  uint32_t hash; /* always computed; same as the string's of that text */
  uint32_t len;  /* bytes */
  uint32_t line, column; /* place in the source, 0 when there is none */
  char bytes[];
} gn_symbol;

typedef struct gn_csymbol {
  gn_obj h;
  uint32_t n; /* parts, at least 2 */
  uint32_t line, column;
  uint32_t spare;
  gn_value part[]; /* symbols; the first may be empty (/x) */
} gn_csymbol;

/* ---- collections ---- */

typedef struct gn_array {
  gn_obj h;
  uint32_t len, cap;
  gn_value *items; /* = buf->v, NULL when cap is 0 */
  gn_values *buf;
} gn_array;

typedef struct gn_entry {
  gn_value key; /* GN_UNSET: deleted */
  gn_value value;
  uint64_t hash; /* 32 bits used */
} gn_entry;

/* Insertion-ordered hash table: Map (keys are strings or symbols, equal by
 * text), HashMap, HashSet (values unused). Below 9 entries there is no index
 * and keys are compared in turn. */
typedef struct gn_dict {
  gn_obj h;
  uint32_t live;       /* entries that count */
  uint32_t used;       /* slots of `entries` in use, deleted ones included */
  uint32_t cap;        /* slots of `entries` */
  uint32_t index_mask; /* slots of index - 1 */
  gn_entry *entries;   /* lie in entries_buf, a GN_T_BLOB traced by us */
  uint32_t *index;     /* entry number + 1, 0 free; lies in index_buf */
  gn_blob *entries_buf, *index_buf;
  gn_blob *old_buf; /* the index before a large one, as long as some entries
                       are found there only; else NULL */
} gn_dict;

typedef struct gn_gene {
  gn_obj h;
  uint32_t line, column;
  gn_value type;
  gn_dict *props;     /* a GN_T_MAP or NULL */
  gn_value *children; /* = buf->v */
  gn_values *buf;
  uint32_t n, cap;
} gn_gene;

#define GN_RANGE_STEP 1u /* aux: the step was given, so it prints */
typedef struct gn_range {
  gn_obj h;
  int64_t start, end, step;
} gn_range;

/* ---- code ---- */

struct gn_proto;
struct gn_module;
struct gene_context;
struct gn_call;
struct gn_fiber;
struct gn_class;

/* aux of a closure: the number of captured values above the flag. */
#define GN_CLO_METHOD   1u /* register 0 is self */
#define GN_CLO_UP_SHIFT 1
#define GN_CLO_UP_MAX   0x7fffu
#define GN_CLO_AUX(ups, method) \
  ((uint16_t)((uint32_t)(ups) << GN_CLO_UP_SHIFT | ((method) ? 1u : 0u)))

typedef struct gn_closure {
  gn_obj h;
  const struct gn_proto *proto;
  struct gn_module *module;
  struct gn_class *owner; /* class that defined the method, for super; NULL */
  gn_value up[]; /* captured: a cell, or the value of a variable that is
                    never assigned after its capture */
} gn_closure;

static inline uint32_t gn_closure_ups(const gn_closure *c) {
  return (uint32_t)c->h.aux >> GN_CLO_UP_SHIFT;
}

typedef int gn_native(struct gene_context *ctx, struct gn_call *call);

enum gn_native_flag {
  GN_N_METHOD = 1,   /* argv[0] is self and not counted by min and max */
  GN_N_KEYWORDS = 2, /* takes keywords (call->kw) */
  GN_N_CATCHES = 4,  /* resumed with call->thrown when a callee throws */
};

/* One row of a builtin table. */
typedef struct gn_native_def {
  const char *name; /* "len", "gene/sleep"; for a method its bare name */
  gn_native *fn;
  int16_t min, max;      /* positional arguments; max -1: any number */
  uint16_t flags;        /* enum gn_native_flag */
  uint16_t locals;       /* values it keeps while it is suspended */
  const char *signature; /* "(xs .map f)" */
  const char *doc;       /* one line */
  uint32_t capability;   /* enum gene_capability, 0: none */
} gn_native_def;

typedef struct gn_native_fn {
  gn_obj h;
  const gn_native_def *def;
} gn_native_fn;

/* ---- objects with fields ---- */

typedef struct gn_shape {
  gn_obj h;
  uint32_t id; /* unique in the context, never used again */
  uint32_t n;  /* fields */
  struct gn_class *cls;
  struct gn_shape *parent; /* NULL: the class's root shape */
  gn_value key;            /* symbol of field n - 1 */
  gn_dict *table;          /* field name -> slot, built when n > 8; else NULL */
  struct gn_shape *next;   /* next transition of the same parent */
  struct gn_shape *kids;   /* transitions */
} gn_shape;

typedef struct gn_class {
  gn_obj h;
  uint32_t id;             /* unique in the context; builtin ones below
                          GN_CLASS_BUILTIN, the same in all */
  uint32_t slots;          /* most fields an instance of it has had */
  struct gn_class *parent; /* NULL: Object */
  gn_value name;           /* string */
  gn_dict *methods;        /* symbol -> callable */
  gn_dict *members;        /* class-level members, NULL: none */
  gn_value ctor;           /* callable or GN_UNSET */
  gn_value fields;         /* declared fields: Array of genes; GN_NIL */
  gn_shape *root;          /* NULL until the first instance */
  gn_value extra;          /* the rest of part 3: a Map or GN_NIL */
} gn_class;
#define GN_CLASS_BUILTIN 256u

typedef struct gn_instance {
  gn_obj h;
  gn_shape *shape; /* shape->cls is the class */
  gn_value *slots; /* = inline_slots or buf->v */
  gn_values *buf;  /* NULL while they fit in line */
  uint32_t cap;
  uint32_t spare;
  gn_value inline_slots[];
} gn_instance;

typedef struct gn_namespace {
  gn_obj h;
  gn_value name;       /* string */
  gn_dict *members;    /* symbol -> value */
  gn_value on_missing; /* callable or GN_NIL */
} gn_namespace;

/* What eval and $caller_eval can see: names and where they live. */
typedef struct gn_env {
  gn_obj h;
  const struct gn_env_desc *desc; /* of the program */
  struct gn_module *module;
  struct gn_class *owner;
  gn_value self;
  gn_value up[]; /* as a closure's: cells and values; aux counts them */
} gn_env;

#endif
