/*
 * gene.h - the public interface of the Gene virtual machine.
 *
 * One core (frozen classes, program cache, page pool) serves any number of
 * contexts. A context evaluates one program in a heap of its own, in slices,
 * on the thread that calls gene_context_run; it never blocks and never starts
 * a thread. This header shows no layout: values, fibers and the heap are the
 * library's own business, and libuv appears only in gene_io.h.
 *
 * Thread rule: a core and all its contexts belong to one thread. The two calls
 * that any thread may make say so.
 */
#ifndef GENE_H
#define GENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gene_core gene_core_t;
typedef struct gene_context gene_context_t;
typedef struct gene_program gene_program_t;

/* A run of bytes that somebody else owns; ptr is never NULL when len > 0. */
typedef struct gene_text {
  const char *ptr;
  size_t len;
} gene_text_t;

/* What a context may do beyond pure computation. */
enum gene_capability {
  GENE_CAP_FS = 1u << 0,
  GENE_CAP_NET = 1u << 1,
  GENE_CAP_ENV = 1u << 2,
  GENE_CAP_PROCESS = 1u << 3,
};

/* ---- core --------------------------------------------------------------- */

/* The most that levels of source, of JSON and of value_json can be set to. */
#define GENE_NESTING_MAX 512

typedef struct gene_core_options {
  size_t page_pool_bytes;     /* warm pages kept for reuse; 0: 64 MiB */
  size_t program_cache_bytes; /* compiled programs kept; 0: 64 MiB */
  uint64_t hash_seed;         /* seed of all hash tables; 0: from the system */
  uint32_t source_nesting;    /* levels of source and of JSON read, at most
                                 GENE_NESTING_MAX; 0: that */
  /* Told of a large program that nobody uses any more, for freeing it takes
   * milliseconds: to be given to gene_program_free. NULL: it is freed at
   * once, as those are that are left when the core goes. */
  void (*unused)(void *data, gene_program_t *program);
  void *unused_data;
  unsigned stress; /* for tests: see gene_stress_parse; 0: none */
} gene_core_options_t;

/* The value of `stress` for a list such as "gc,move,slice" (or "trace"):
 * collect, move stacks, switch fibers at every chance, print instructions.
 * text may be NULL. False: *out is 0 and a word is unknown. */
bool gene_stress_parse(const char *text, unsigned *out);

/* Builds the frozen core: symbols, classes, natives. NULL when out of memory.
 * options may be NULL. Takes about a millisecond; do it once a process. */
gene_core_t *gene_core_create(const gene_core_options_t *options);

/* Frees the core. All its contexts and programs must be gone. */
void gene_core_destroy(gene_core_t *core);

typedef struct gene_core_stats {
  size_t live_contexts;
  size_t context_bytes; /* heap bytes of all contexts, live or not yet gone */
  size_t pool_bytes;    /* warm pages not in use */
  size_t cached_programs, cached_program_bytes;
  uint64_t cache_hits, cache_misses;
  uint64_t collections;
} gene_core_stats_t;
void gene_core_stats(const gene_core_t *core, gene_core_stats_t *out);

/* ---- errors ------------------------------------------------------------- */

typedef struct gene_frame_info {
  gene_text_t function;  /* "f", "Class.m", "<fn>" or "<main>" */
  gene_text_t module;    /* ptr NULL: the script itself */
  uint32_t line, column; /* from 1; 0 when there is none */
} gene_frame_info_t;

typedef struct gene_error {
  gene_text_t class_name;
  gene_text_t message;
  gene_text_t code;      /* ptr NULL: nil */
  gene_text_t hint;      /* "Did you mean println?"; ptr NULL: none */
  uint32_t line, column; /* from 1; 0 when there is none */
  gene_text_t module;    /* ptr NULL: the script itself */
  const gene_frame_info_t *stack;
  size_t stack_len;               /* at most 100 */
  const struct gene_error *cause; /* an exception, else NULL */
  gene_text_t cause_json; /* a cause that is no exception, with no_value_json
                             its printed form; ptr NULL: none. One that can't
                             be shown in 64 KiB is an $opaque */
} gene_error_t;

/* ---- programs ----------------------------------------------------------- */

/* A parse or compile error; filled by gene_program_load. */
typedef struct gene_compile_error {
  const char *class_name; /* "ParseException", "CompileException",
                                "LimitException" (out of memory) */
  char message[512];      /* cut at a character boundary when longer */
  uint32_t line, column;  /* from 1, column in code points */
  char source_line[256];  /* the offending line, cut around the column */
  uint32_t caret;         /* code points of source_line before the place */
} gene_compile_error_t;

/* Parses and compiles source (UTF-8, need not be NUL-terminated), or finds it
 * in the core's cache by a keyed hash of its bytes. On success stores a
 * reference the caller releases, returns 0. On failure fills err, returns -1.
 * Invalid UTF-8 and NUL bytes are ParseExceptions with their place. */
int gene_program_load(gene_core_t *core, const char *source, size_t len,
                      gene_program_t **out, gene_compile_error_t *err);
void gene_program_release(gene_program_t *program);

/* ---- large programs ----
 * gene_program_load takes about 150 ms for the worst MiB of source. In parts,
 * the long ones can be done on another thread: key, then find, then compile
 * what is not found, then keep. */

typedef struct gene_source_key {
  uint64_t half[2];
} gene_source_key_t;

/* The keyed hash of a source's bytes. From any thread, while the core is. */
void gene_source_key(const gene_core_t *core, const char *source, size_t len,
                     gene_source_key_t *out);

/* The program of exactly this source, whose key it is, as a reference that the
 * caller releases; NULL: it is not in the cache. */
gene_program_t *gene_program_find(gene_core_t *core, const char *source,
                                  size_t len, const gene_source_key_t *key);

/* Parses and compiles like gene_program_load, but leaves the cache alone. From
 * any thread, while the core is; the program is one reference, which goes to
 * the core's thread. NULL: err is filled. */
gene_program_t *gene_program_compile(gene_core_t *core, const char *source,
                                     size_t len, const gene_source_key_t *key,
                                     gene_compile_error_t *err);

/* Puts a compiled program into the cache, if there is room. */
void gene_program_keep(gene_core_t *core, gene_program_t *program);

/* Frees what core's `unused` was told of. From any thread. */
void gene_program_free(gene_program_t *program);

/* The listing of a program as text; the caller frees it. NULL: no memory. */
char *gene_program_disassemble(const gene_program_t *program);

/* ---- contexts ----------------------------------------------------------- */

typedef struct gene_limits {
  uint64_t fuel;           /* units; 0: no limit */
  size_t memory_bytes;     /* hard cap of the heap; 0: 64 MiB */
  size_t output_bytes;     /* kept output; more is cut; 0: 1 MiB */
  uint32_t stack_depth;    /* frames of a fiber; 0: 20,000 */
  uint32_t pending;        /* futures, timers and fibers; 0: 100,000 */
  uint32_t regex_steps;    /* of one match of a pattern; 0: 65,536 */
  uint32_t value_nesting;  /* levels of values printed, compared, hashed,
                              copied, at most a million; 0: 100,000 */
  uint32_t answer_nesting; /* levels of value_json, at most
                              GENE_NESTING_MAX; 0: that */
} gene_limits_t;

typedef struct gene_name_text {
  gene_text_t name, text;
} gene_name_text_t;

/* What happens to a future of the evaluation, or to the fiber behind it. */
enum gene_trace_state {
  GENE_TRACE_STARTED, /* it was made */
  GENE_TRACE_WAITING, /* its fiber waits */
  GENE_TRACE_RUNNING, /* its fiber runs, or runs again */
  GENE_TRACE_SUCCESS,
  GENE_TRACE_FAILURE,
  GENE_TRACE_CANCELLED,
};

typedef struct gene_trace {
  enum gene_trace_state state;
  uint32_t number;       /* of the future in its evaluation, from 1 */
  uint32_t parent;       /* whose fiber made it; 0: the main one */
  gene_text_t label;     /* what made it: "gene/sleep_async", "async", the name
                            of a function; of STARTED only */
  uint32_t line, column; /* from 1; 0 when there is none; of STARTED only */
} gene_trace_t;

/* Futures within a value that get ids of their own; more are opaque. */
#define GENE_FUTURES_MAX 1000

#define GENE_FUTURE_ID_LEN 24

/* Calls from a context to whoever runs it. All may be NULL. They come from
 * within gene_context_* calls or from gene_io callbacks, never from another
 * thread, and must not call back into the context, except on_wake, which
 * may not either: it only puts the context into a queue. */
typedef struct gene_host {
  void *data;
  /* A context that had nothing ready (GENE_RUN_WAITING) has something now. */
  void (*on_wake)(void *data, gene_context_t *context);
  /* Output as it is produced, before the cap cuts it. NULL: only kept. */
  void (*on_output)(void *data, gene_context_t *context, gene_text_t text,
                    bool to_stderr);
  /* gene/progress was called, the main value became fixed, a diagnostic was
   * added: what gene_context_result shows has changed. */
  void (*on_change)(void *data, gene_context_t *context);
  /* Futures and fibers as they come and go; only while tracing is on. */
  void (*on_trace)(void *data, gene_context_t *context,
                   const gene_trace_t *trace);
  /* A future lies within the value: writes the id that it is given there,
   * GENE_FUTURE_ID_LEN bytes that need no escapes in JSON. handle names it from
   * now on: 0, then 1, and so on, below GENE_FUTURES_MAX. False: it gets none.
   * NULL: none ever does. */
  bool (*on_future)(void *data, gene_context_t *context, uint32_t handle,
                    char *id);
  /* It is done: gene_context_future says what it came to. */
  void (*on_future_done)(void *data, gene_context_t *context, uint32_t handle);
} gene_host_t;

typedef struct gene_context_options {
  gene_limits_t limits;
  gene_host_t host;
  uint32_t capabilities;           /* GENE_CAP_* */
  const gene_name_text_t *modules; /* sources by name; copied */
  size_t modules_len;
  const gene_name_text_t *env; /* $env; copied */
  size_t env_len;
  gene_text_t input_json;  /* bound to $input; ptr NULL: nil; copied */
  gene_text_t start_json;  /* ptr NULL: none; copied. For what is large, instead
                              of input_json, env and modules: the JSON of an
                              array of the input, an object of strings for
                              $env, and an array of the modules' names and
                              sources in turn. It must be well-formed. The
                              evaluation reads it, in slices, for its fuel */
  const gene_text_t *args; /* $args; copied */
  size_t args_len;
  gene_text_t program_name; /* $program; ptr NULL: "main" */
  const char *root_folder;  /* host folder of relative paths for a trusted
                                tool; NULL: a private scratch folder */
  uint64_t seed;            /* of random; used when has_seed */
  bool has_seed;
  bool strict_nil, no_type_check, no_contracts;
  bool tagged_value;  /* value_json in the lossless #GENE# form */
  bool no_value_json; /* don't render value_json (command-line tool) */
  bool trace;         /* on_trace is called from the beginning */
} gene_context_options_t;

/* Makes a context for program (a reference is kept), ready to run. The cost
 * of a warm context is a few microseconds. NULL: out of memory. */
gene_context_t *gene_context_create(gene_core_t *core, gene_program_t *program,
                                    const gene_context_options_t *options);

enum gene_run_status {
  GENE_RUN_MORE,    /* the slice is used up: call again */
  GENE_RUN_WAITING, /* nothing is ready; on_wake will tell */
  GENE_RUN_DONE,    /* drained, failed for good, or killed */
};

/* Runs ready fibers until slice_fuel units are used, nothing is ready or the
 * evaluation is done. Never blocks. Once done it always says so. */
enum gene_run_status gene_context_run(gene_context_t *context,
                                      uint64_t slice_fuel);

/* Cancels the main fiber, then every other one, with CancellationException
 * (reason may be NULL). The context must be run on until it is done; whoever
 * runs it bounds that with gene_context_kill after a grace period. */
void gene_context_cancel(gene_context_t *context, const char *reason);

/* Ends the evaluation at once: no finally block runs. With GENE_KILL_WALL the
 * outcome is a LimitException GENE.LIMIT.WALL that names wall_ms; with
 * GENE_KILL_CANCEL it is cancelled. Its result can still be read. */
enum gene_kill { GENE_KILL_WALL, GENE_KILL_CANCEL };
void gene_context_kill(gene_context_t *context, enum gene_kill why,
                       uint64_t wall_ms);

/* Gives everything back, pending operations included (they finish into
 * nothing). Must not be called from a host callback. Of a context with much
 * memory the rest of it goes by and by: with gene_core_tidy. */
void gene_context_destroy(gene_context_t *context);

/* Gives back more of the memory of contexts that were destroyed, in less than a
 * millisecond. True: there is more. Each slice that a context runs begins with
 * this, and gene_core_destroy leaves nothing; call it when nothing runs. */
bool gene_core_tidy(gene_core_t *core);

enum gene_status {
  GENE_PENDING,
  GENE_SUCCESS,
  GENE_FAILURE,
  GENE_CANCELLED,
};

typedef struct gene_progress {
  bool any; /* false: nothing reported yet */
  bool has_fraction;
  double fraction;        /* 0 to 1 */
  gene_text_t message;    /* ptr NULL: none */
  gene_text_t value_json; /* any other report; ptr NULL: none */
} gene_progress_t;

typedef struct gene_diagnostic {
  const char *kind; /* "warning" or "debug" */
  gene_text_t message;
  uint32_t line, column;
} gene_diagnostic_t;

typedef struct gene_result {
  enum gene_status status;   /* pending until the context is drained */
  bool value_fixed;          /* value_json, type, text are valid */
  gene_text_t value_json;    /* plain JSON per the HTTP reference */
  gene_text_t type;          /* what typeof says */
  gene_text_t text;          /* what println would print */
  const gene_error_t *error; /* failure or cancelled, else NULL */
  const gene_error_t *const *unhandled;
  size_t unhandled_len;
  const gene_diagnostic_t *diagnostics;
  size_t diagnostics_len; /* at most 100 */
  gene_progress_t progress;
  gene_text_t output; /* what is kept, in order of writing */
  bool output_truncated;
  uint64_t output_bytes; /* produced in all */
  uint64_t fuel;         /* used in all */
  size_t peak_memory_bytes;
  bool waiting; /* phase: every fiber waits */
  bool exited;  /* (exit code) ended it */
  int exit_code;
  bool value_pending; /* the main fiber ended with a future that is
                                pending still */
} gene_result_t;

/* What is known of the evaluation now. All pointers are valid until the next
 * call on this context. Can be called at any time outside gene_context_run. */
void gene_context_result(gene_context_t *context, gene_result_t *out);

/* Switches on_trace on or off; also from within on_trace. */
void gene_context_trace(gene_context_t *context, bool on);

/* The same of a future within the value: status, value and error; pending until
 * it is done or the context is. */
void gene_context_future(gene_context_t *context, uint32_t handle,
                         gene_result_t *out);

/* Cancels that future alone, with what is behind it. The context must be run
 * on. Harmless when it is done. */
void gene_context_future_cancel(gene_context_t *context, uint32_t handle,
                                const char *reason);

/* The fuel that it has used in all, slices that are over: cheaper than asking
 * for the result. */
uint64_t gene_context_fuel(const gene_context_t *context);

/* The fuel one microsecond of this machine pays for, roughly: a hint for the
 * length of slices, fixed at build time. */
#define GENE_FUEL_PER_US 300

#endif
