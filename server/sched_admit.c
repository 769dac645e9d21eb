/*
 * sched_admit.c - room for one more, and what the queued are made of. A queued
 * evaluation owns copies of all its texts: those of the request are gone long
 * before it begins.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/sched_internal.h"

struct parked {
  struct eval_spec spec;
  gene_name_text_t *pairs; /* modules, then env */
  char *bytes;
};

bool admit_has_room(struct sched *sched) {
  gene_core_stats_t stats;

  if (sched->live >= sched->options.max_contexts)
    return false;
  gene_core_stats(sched->options.core, &stats);
  return stats.context_bytes < sched->options.max_context_bytes;
}

static size_t size_of(const gene_context_options_t *context) {
  size_t size = context->input_json.len;

  for (size_t i = 0; i < context->modules_len; i++)
    size += context->modules[i].name.len + context->modules[i].text.len;
  for (size_t i = 0; i < context->env_len; i++)
    size += context->env[i].name.len + context->env[i].text.len;
  return size;
}

static gene_text_t copy_text(char **at, gene_text_t text) {
  gene_text_t copy = {text.ptr == NULL ? NULL : *at, text.len};

  assert(text.len == 0 || text.ptr != NULL);
  if (text.len > 0)
    memcpy(*at, text.ptr, text.len);
  *at += text.len;
  return copy;
}

static void copy_pairs(gene_name_text_t *out, const gene_name_text_t *in,
                       size_t len, char **at) {
  for (size_t i = 0; i < len; i++) {
    out[i].name = copy_text(at, in[i].name);
    out[i].text = copy_text(at, in[i].text);
  }
}

struct parked *admit_park(const struct eval_spec *spec) {
  const gene_context_options_t *from = &spec->context;
  struct parked *parked = calloc(1, sizeof *parked);
  gene_context_options_t *context;
  char *at;

  if (parked == NULL)
    return NULL;
  parked->spec = *spec;
  context = &parked->spec.context;
  parked->pairs =
      calloc(from->modules_len + from->env_len + 1, sizeof *parked->pairs);
  parked->bytes = malloc(size_of(from) + 1);
  if (parked->pairs == NULL || parked->bytes == NULL) {
    admit_unpark(parked);
    return NULL;
  }
  at = parked->bytes;
  copy_pairs(parked->pairs, from->modules, from->modules_len, &at);
  copy_pairs(parked->pairs + from->modules_len, from->env, from->env_len, &at);
  context->modules = parked->pairs;
  context->env = parked->pairs + from->modules_len;
  context->input_json = copy_text(&at, from->input_json);
  return parked;
}

void admit_unpark(struct parked *parked) {
  free(parked->pairs);
  free(parked->bytes);
  free(parked);
}

const struct eval_spec *admit_spec(const struct parked *parked) {
  return &parked->spec;
}

void sched_retune(struct sched *sched, const struct sched_options *options) {
  struct sched_options *mine = &sched->options;

  mine->max_contexts = options->max_contexts;
  mine->max_context_bytes = options->max_context_bytes;
  mine->max_memory = options->max_memory;
  mine->queue_length = options->queue_length;
  mine->queue_ms = options->queue_ms;
  mine->grace_ms = options->grace_ms;
  mine->slice_us = options->slice_us;
}
