/*
 * context.c - evaluations as the host sees them: making a context, running it
 * in slices, its output, limits and result. It is the only caller of the
 * interpreter.
 */
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "lib/json_read.h"
#include "lib/wire.h"
#include "run/cause.h"
#include "run/exit.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/shared.h"
#include "run/stress.h"
#include "types/regex_code.h"

#define DEFAULT_MEMORY  ((size_t)64 << 20)
#define DEFAULT_OUTPUT  ((size_t)1 << 20)
#define DEFAULT_DEPTH   20000u
#define DEFAULT_PENDING 100000u
#define DEFAULT_NESTING 100000u
#define HIGHEST_NESTING 1000000u

gn_heap *gn_ctx_heap(gn_ctx *ctx) {
  return &ctx->heap;
}

void gn_charge(gn_ctx *ctx, uint64_t n) {
  ctx->fuel -= (int64_t)n;
}

uint32_t gn_source_nesting(gn_ctx *ctx) {
  return ctx->core->nesting;
}

uint32_t gn_value_nesting(gn_ctx *ctx) {
  return ctx->limits.value_nesting;
}

/* The language reference has the usual number; any other one is told. */
int gn_throw_too_deep(gn_ctx *ctx) {
  uint32_t limit = ctx->limits.value_nesting;
  if (limit == DEFAULT_NESTING)
    return gn_throw(ctx, GN_X_RUNTIME, NULL, "Nesting too deep");
  return gn_throw(ctx, GN_X_RUNTIME, NULL,
                  "Nesting too deep (the limit is %u levels)", limit);
}

bool gn_slice_over(gn_ctx *ctx) {
  if (GN_UNLIKELY(ctx->core->stress & GN_STRESS_SLICE)) {
    ctx->native_step = !ctx->native_step;
    return ctx->native_step;
  }
  return ctx->fuel <= 0;
}

/* ---- clock, chance, output ---- */

uint64_t gn_ctx_now_us(gn_ctx *ctx) {
  (void)ctx;
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int64_t gn_wall_us(gn_ctx *ctx) {
  (void)ctx;
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint64_t split_mix(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static void seed_random(gn_ctx *ctx, uint64_t seed) {
  for (int i = 0; i < 4; i++)
    ctx->rng[i] = split_mix(&seed);
  ctx->rng_seeded = true;
}

/* xoshiro256** (Blackman, Vigna 2018). */
uint64_t gn_ctx_random(gn_ctx *ctx) {
  if (!ctx->rng_seeded) {
    uint64_t seed = (uint64_t)gn_wall_us(ctx);
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
      seed ^= (uint64_t)(uintptr_t)ctx;
    seed_random(ctx, seed);
  }
  uint64_t *s = ctx->rng;
  uint64_t m = s[1] * 5, result = (m << 7 | m >> 57) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = s[3] << 45 | s[3] >> 19;
  return result;
}

static bool grow_output(gn_ctx *ctx, size_t need) {
  size_t cap = ctx->out_cap ? ctx->out_cap : 256;
  while (cap < need)
    cap *= 2;
  if (cap > ctx->limits.output_bytes)
    cap = ctx->limits.output_bytes;
  char *out = cap >= need ? realloc(ctx->out, cap) : NULL;
  if (!out)
    return false;
  ctx->out = out;
  ctx->out_cap = cap;
  return true;
}

void gn_ctx_output(gn_ctx *ctx, const char *bytes, size_t len, bool to_stderr) {
  ctx->out_total += len;
  gn_charge(ctx, len >> 4);
  if (ctx->host.on_output)
    ctx->host.on_output(ctx->host.data, ctx, (gene_text_t){bytes, len},
                        to_stderr);
  if (ctx->out_cut)
    return;
  size_t room = ctx->limits.output_bytes - ctx->out_len;
  if (len > room) { /* cut between characters */
    ctx->out_cut = true;
    len = room;
    while (len > 0 && ((unsigned char)bytes[len] & 0xc0) == 0x80)
      len--;
  }
  if (ctx->out_len + len > ctx->out_cap &&
      !grow_output(ctx, ctx->out_len + len)) {
    ctx->out_cut = true;
    return;
  }
  if (len > 0)
    memcpy(ctx->out + ctx->out_len, bytes, len);
  ctx->out_len += len;
}

/* ---- making and destroying ---- */

static void set_limits(gn_ctx *ctx, const gene_limits_t *limits) {
  gene_limits_t *l = &ctx->limits;
  *l = *limits;
  if (!l->memory_bytes)
    l->memory_bytes = DEFAULT_MEMORY;
  if (!l->output_bytes)
    l->output_bytes = DEFAULT_OUTPUT;
  if (!l->stack_depth)
    l->stack_depth = DEFAULT_DEPTH;
  if (!l->pending)
    l->pending = DEFAULT_PENDING;
  if (!l->value_nesting)
    l->value_nesting = DEFAULT_NESTING;
  if (l->value_nesting > HIGHEST_NESTING)
    l->value_nesting = HIGHEST_NESTING;
  if (!l->answer_nesting || l->answer_nesting > GENE_NESTING_MAX)
    l->answer_nesting = GENE_NESTING_MAX;
}

static gn_value text_value(gn_ctx *ctx, gene_text_t t) {
  return gn_string_new(&ctx->heap, t.ptr ? t.ptr : "", t.len);
}

static bool copy_env(gn_ctx *ctx, const gene_context_options_t *o) {
  if (o->env_len == 0)
    return true;
  gn_dict *map = gn_dict_new(&ctx->heap, GN_T_MAP, (uint32_t)o->env_len);
  for (size_t i = 0; map && i < o->env_len; i++) {
    gn_value k = text_value(ctx, o->env[i].name);
    gn_value v = text_value(ctx, o->env[i].text);
    if (k == GN_NONE || v == GN_NONE || !gn_map_set(&ctx->heap, map, k, v))
      return false;
  }
  if (map)
    ctx->env_map = gn_from_obj(map);
  return map != NULL;
}

static bool copy_list(gn_ctx *ctx, const gene_context_options_t *o) {
  if (o->args_len > 0) {
    gn_array *a = gn_array_new(&ctx->heap, o->args_len);
    for (size_t i = 0; a && i < o->args_len; i++) {
      gn_value v = text_value(ctx, o->args[i]);
      if (v == GN_NONE || !gn_array_push(&ctx->heap, a, v))
        return false;
    }
    if (!a)
      return false;
    ctx->args = gn_from_obj(a);
  }
  if (o->modules_len > 0) {
    ctx->module_sources = gn_array_new(&ctx->heap, o->modules_len * 2);
    for (size_t i = 0; ctx->module_sources && i < o->modules_len; i++) {
      gn_value k = text_value(ctx, o->modules[i].name);
      gn_value v = text_value(ctx, o->modules[i].text);
      if (k == GN_NONE || v == GN_NONE ||
          !gn_array_push(&ctx->heap, ctx->module_sources, k) ||
          !gn_array_push(&ctx->heap, ctx->module_sources, v))
        return false;
    }
    if (!ctx->module_sources)
      return false;
  }
  return true;
}

/* The host has checked the text: it is the JSON of a request. */
static bool read_input(gn_ctx *ctx, gene_text_t json) {
  gn_value text = text_value(ctx, json);
  gn_json_reader *r =
      text == GN_NONE
          ? NULL
          : gn_json_reader_new(&ctx->heap, text, ctx->core->nesting, false);
  if (!r || gn_json_step(&ctx->heap, r, UINT32_MAX) != GN_JSON_DONE)
    return false;
  ctx->input = r->value;
  return true;
}

static bool copy_options(gn_ctx *ctx, const gene_context_options_t *o) {
  if (o->root_folder) {
    ctx->root_folder = strdup(o->root_folder);
    if (!ctx->root_folder)
      return false;
  }
  if (o->input_json.ptr && !read_input(ctx, o->input_json))
    return false;
  if (o->program_name.ptr) {
    ctx->program_name = text_value(ctx, o->program_name);
    if (ctx->program_name == GN_NONE)
      return false;
  }
  if (o->start_json.ptr && !gn_start_with(ctx, o->start_json))
    return false;
  return copy_env(ctx, o) && copy_list(ctx, o);
}

static bool start_main(gn_ctx *ctx) {
  gn_module *m = gn_module_new(ctx, ctx->program, GN_NIL);
  if (!m)
    return false;
  ctx->module = m;
  gn_value main = gn_make_closure(ctx, ctx->program->main, m, NULL, NULL);
  if (main == GN_NONE)
    return false;
  ctx->main = gn_fiber_new(ctx, GN_ROLE_MAIN, main, NULL, 0);
  if (!ctx->main)
    return false;
  gn_fiber_ready(ctx, ctx->main);
  return true;
}

/* Brings the core's sum of heap bytes up to date with this context. */
static void count_bytes(gn_ctx *ctx) {
  ctx->core->context_bytes += ctx->heap.bytes - ctx->counted_bytes;
  ctx->counted_bytes = ctx->heap.bytes;
}

gene_context_t *gene_context_create(gene_core_t *core, gene_program_t *program,
                                    const gene_context_options_t *options) {
  static const gene_context_options_t none;
  if (!options)
    options = &none;
  gn_ctx *ctx = calloc(1, sizeof *ctx);
  if (!ctx)
    return NULL;
  ctx->core = core;
  ctx->program = program;
  gn_program_retain(program);
  set_limits(ctx, &options->limits);
  gn_heap_init(&ctx->heap, core->pool, ctx->limits.memory_bytes, core->seed);
  gn_collect_init(ctx);
  if (core->fail_nth)
    gn_heap_fail_nth(&ctx->heap, core->fail_nth);
  ctx->host = options->host;
  ctx->capabilities = options->capabilities;
  ctx->strict_nil = options->strict_nil;
  ctx->no_type_check = options->no_type_check;
  ctx->no_contracts = options->no_contracts;
  ctx->tagged = options->tagged_value;
  ctx->no_json = options->no_value_json;
  ctx->tracing = options->trace && options->host.on_trace;
  ctx->epoch = 1;
  ctx->next_class_id = GN_CLASS_BUILTIN;
  ctx->next_shape_id = core->first_shape_id;
  ctx->op_list = GN_NO_OP;
  ctx->shared_first = ctx->shared_last = GN_NO_SHARED;
  ctx->value = ctx->progress = ctx->input = ctx->args = ctx->env_map =
      ctx->program_name = GN_NIL;
  if (options->has_seed)
    seed_random(ctx, options->seed);
  ctx->next_ctx = core->contexts;
  if (core->contexts)
    core->contexts->prev = ctx;
  core->contexts = ctx;
  core->live_contexts++;
  if (!copy_options(ctx, options) || !start_main(ctx)) {
    if (!ctx->heap.failed) {
      gene_context_destroy(ctx);
      return NULL;
    }
    /* not even its beginning fits: an outcome like any other */
    ctx->kill = GN_KILL_MEMORY;
    ctx->done = true;
  }
  count_bytes(ctx);
  return ctx;
}

/* ---- the value ---- */

static void fix_value(gn_ctx *ctx) {
  ctx->value_fixed = true;
  if (ctx->host.on_change)
    ctx->host.on_change(ctx->host.data, ctx);
}

/* Scalars and strings need no fiber to be shown. */
static bool show_quickly(gn_ctx *ctx) {
  gn_value text = gn_print_quick(ctx, ctx->value, GN_DISPLAY);
  gn_value json =
      ctx->no_json ? GN_NIL : gn_wire_quick(ctx, ctx->value, ctx->tagged);
  if (text == GN_NONE || json == GN_NONE)
    return false;
  ctx->value_text = text;
  ctx->value_json = json;
  ctx->value_type = gn_type_name(ctx, ctx->value);
  fix_value(ctx);
  return true;
}

/* value: its text, then its JSON. */
static int render(gn_ctx *ctx, gn_call *call) {
  gn_value v = call->argv[0];
  if (ctx->exited && v != ctx->value)
    return GN_OK; /* exit has given another one */
  if (ctx->value_text == GN_NONE && gn_is_string(v)) {
    ctx->value_text = v;
  } else if (ctx->value_text == GN_NONE) {
    int st = gn_print_text(ctx, call, &call->locals[0], v, GN_DISPLAY);
    if (st != GN_OK)
      return st;
    ctx->value_text = call->locals[0];
  }
  if (!ctx->no_json) {
    ctx->sharing = true;
    int st = gn_wire_run(ctx, call, &call->locals[1], v, ctx->tagged);
    ctx->sharing = false;
    if (st != GN_OK)
      return st;
    gn_builder *b = gn_wire_builder(ctx, &call->locals[1]);
    ctx->value_json = b ? gn_builder_string(b) : GN_NONE;
    if (ctx->value_json == GN_NONE)
      return gn_oom(ctx);
  }
  ctx->value_type = gn_type_name(ctx, v);
  fix_value(ctx);
  call->result = GN_NIL;
  return GN_OK;
}

/* What is wrong with the value itself is told of the script's last expression,
 * as no code of it runs any more. */
static int show(gn_ctx *ctx, gn_call *call) {
  int status = render(ctx, call);
  if (status == GN_THROW && ctx->thrown != GN_NONE)
    gn_exception_at_end(ctx, ctx->thrown);
  return status;
}
const gn_native_def gn_def_show = {
    .name = "show", .fn = show, .min = 1, .max = 1, .locals = 2};

static void show_in_fiber(gn_ctx *ctx) {
  static const gn_native_fn show_fn = {
      .h = {.type = GN_T_NATIVE, .flags = GN_STATIC, .size = 1},
      .def = &gn_def_show};
  gn_fiber *f =
      gn_fiber_new(ctx, GN_ROLE_RENDER, gn_from_obj(&show_fn), &ctx->value, 1);
  if (f) {
    gn_fiber_ready(ctx, f);
    return;
  }
  if (ctx->thrown == GN_NONE)
    gn_throw_kill(ctx, GN_KILL_MEMORY);
  else
    ctx->error = ctx->thrown;
  ctx->thrown = GN_NONE;
  ctx->value_fixed = true;
}

/* Once the main fiber has ended: makes the value visible as soon as it is no
 * pending future. */
static void take_value(gn_ctx *ctx) {
  if (gn_is_future(ctx->value)) {
    gn_future *f = gn_fut(ctx->value);
    if (f->state == GENE_PENDING)
      return;
    f->handled = true;
    if (f->state != GENE_SUCCESS) {
      ctx->value_cancelled = f->state == GENE_CANCELLED;
      ctx->error = f->value;
      ctx->value = GN_NIL;
      ctx->value_fixed = true;
      return;
    }
    ctx->value = f->value;
  }
  ctx->showing = true;
  if (!show_quickly(ctx))
    show_in_fiber(ctx);
}

/* ---- running ---- */

#define REPORTED_AT_ONCE 64u

/* Failed futures that nobody looked at, in the order of failing. False: there
 * are more to look at in another slice. */
static bool report_unhandled(gn_ctx *ctx) {
  while (ctx->failed) {
    for (uint32_t n = 0; ctx->failed && n < REPORTED_AT_ONCE; n++) {
      gn_future *f = ctx->failed;
      ctx->failed = f->failed_next;
      if (!f->handled)
        gn_ctx_unhandled(ctx, f->value);
    }
    gn_charge(ctx, REPORTED_AT_ONCE * 4);
    if (ctx->failed && gn_slice_over(ctx))
      return false;
  }
  return true;
}

/* Nothing is ready. False: the context waits or is done. */
static bool idle(gn_ctx *ctx) {
  if (ctx->exited && ctx->all == NULL)
    gn_exit_drop(ctx);
  if (gn_fiber_idle(ctx))
    return true;
  if (ctx->ops > 0)
    return false;
  if (ctx->main_done && !ctx->value_fixed && !ctx->showing) {
    /* the value is a future that nothing will complete */
    gn_value e = gn_deadlock(ctx);
    if (e == GN_NONE)
      gn_throw_kill(ctx, GN_KILL_MEMORY);
    else
      ctx->error = e;
    ctx->value = GN_NIL;
    ctx->value_fixed = true;
  }
  gn_shared_give_up(ctx);
  if (!report_unhandled(ctx) || gn_causes_start(ctx))
    return true;
  ctx->done = true;
  return false;
}

static gn_fiber *next_ready(gn_ctx *ctx) {
  gn_fiber *f = ctx->ready;
  if (f) {
    ctx->ready = f->next;
    if (!ctx->ready)
      ctx->ready_last = NULL;
    f->next = NULL;
    gn_fiber_taken(ctx, f);
  }
  return f;
}

/* Puts the preempted fiber behind the ready ones. */
static void requeue(gn_ctx *ctx) {
  gn_fiber *f = ctx->current;
  ctx->current = NULL;
  if (f) {
    gn_fiber *starter = f->starter;
    gn_fiber_ready(ctx, f);
    f->starter = starter;
  }
}

static void run_fibers(gn_ctx *ctx) {
  while (ctx->fuel > 0 && ctx->kill == GN_ALIVE && !ctx->done) {
    if (ctx->main_done && !ctx->value_fixed && !ctx->showing)
      take_value(ctx);
    if (GN_UNLIKELY(gn_shared_waits(ctx)))
      gn_shared_show(ctx);
    if (GN_UNLIKELY(gn_exit_is_late(ctx))) {
      gn_exit_drop(ctx);
      ctx->done = true;
      return;
    }
    if (!ctx->current) {
      ctx->current = next_ready(ctx);
      if (!ctx->current) {
        if (!idle(ctx))
          return;
        continue;
      }
    }
    if (gn_interp(ctx) != GN_I_PREEMPTED)
      continue;
    if (!ctx->evaluation && !ctx->alone)
      requeue(ctx);
    ctx->alone = false;
  }
}

/* Once the causes are being shown, all else is settled: it stays as it is. */
static void end_killed(gn_ctx *ctx) {
  if (ctx->causes) {
    ctx->kill = GN_ALIVE;
    ctx->done = true;
    return;
  }
  gn_note_kill_place(ctx, ctx->current ? ctx->current : ctx->main);
  ctx->done = true;
}

enum gene_run_status gene_context_run(gene_context_t *ctx,
                                      uint64_t slice_fuel) {
  if (ctx->done)
    return GENE_RUN_DONE;
  if (GN_UNLIKELY(ctx->core->dead != NULL))
    (void)gene_core_tidy(ctx->core);
  uint64_t left =
      ctx->limits.fuel ? ctx->limits.fuel - ctx->fuel_used : UINT64_MAX;
  if (ctx->limits.fuel && ctx->fuel_used >= ctx->limits.fuel)
    left = 0;
  ctx->slice = (int64_t)(slice_fuel < left ? slice_fuel : left);
  if (ctx->slice < 0)
    ctx->slice = INT64_MAX;
  ctx->fuel = ctx->slice;
  ctx->idle_told = false;
  ctx->running = true;
  if (ctx->start)
    gn_start_read(ctx);
  if (!ctx->start)
    run_fibers(ctx);
  if (ctx->kill == GN_ALIVE && !ctx->done && ctx->limits.fuel &&
      ctx->fuel_used + (uint64_t)(ctx->slice - ctx->fuel) >= ctx->limits.fuel)
    ctx->kill = GN_KILL_FUEL;
  ctx->fuel_used += (uint64_t)(ctx->slice - ctx->fuel);
  ctx->running = false;
  count_bytes(ctx);
  if (ctx->kill != GN_ALIVE)
    end_killed(ctx);
  if (ctx->done)
    return GENE_RUN_DONE;
  if (!ctx->current && !ctx->ready && ctx->fuel > 0) {
    ctx->idle_told = true;
    return GENE_RUN_WAITING;
  }
  return GENE_RUN_MORE;
}

void gene_context_cancel(gene_context_t *ctx, const char *reason) {
  if (ctx->done || ctx->cancelled)
    return;
  ctx->cancelled = true;
  gn_value text = gn_string_c(&ctx->heap, reason ? reason : "Future cancelled");
  ctx->cancel_reason = text;
  gn_value e = text == GN_NONE ? GN_NONE
                               : gn_exception_new(ctx, GN_X_CANCELLATION, NULL,
                                                  text, GN_NIL);
  if (e == GN_NONE) {
    ctx->kill = GN_KILL_CANCELLED;
    end_killed(ctx);
    return;
  }
  gn_cancel_all(ctx, e, NULL);
  if (ctx->main_done && !ctx->value_fixed && !ctx->showing)
    ctx->error = e;
  gn_ctx_wake(ctx);
}

void gene_context_kill(gene_context_t *ctx, enum gene_kill why,
                       uint64_t wall_ms) {
  if (ctx->done)
    return;
  ctx->kill = why == GENE_KILL_WALL ? GN_KILL_WALL : GN_KILL_CANCELLED;
  ctx->wall_ms = wall_ms;
  end_killed(ctx);
}
