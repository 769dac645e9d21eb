/*
 * reload.c - see reload.h. The thread pool reads settings too, for large
 * requests: only those that never change while the service runs.
 */
#include "server/reload.h"

#include <stdlib.h>

#include "server/log.h"

void tune_sched(const struct config *config, struct sched_options *out) {
  out->max_contexts = config->max_contexts;
  out->max_context_bytes = config->max_context_bytes;
  out->max_memory = config->max_memory;
  out->queue_length = config->queue_length;
  out->queue_ms = config->queue_time;
  out->grace_ms = config->cancel_grace;
  out->slice_us = config->slice_us;
}

void tune_registry(const struct config *config, struct registry_options *out) {
  out->keep_count = config->keep_count;
  out->keep_bytes = config->keep_bytes;
  out->keep_ms = config->keep_time;
}

/* Names of settings, with commas between. */
struct names {
  size_t len;
  char text[1024];
};

struct differences {
  struct names changed, kept;
};

static void add_name(struct names *names, const char *name) {
  int len = snprintf(names->text + names->len, sizeof names->text - names->len,
                     "%s%s", names->len > 0 ? ", " : "", name);

  if (len > 0 && (size_t)len < sizeof names->text - names->len)
    names->len += (size_t)len;
}

static void on_difference(void *data, const char *name, bool changed) {
  struct differences *all = data;

  add_name(changed ? &all->changed : &all->kept, name);
}

static void tell_reloaded(const struct reload *reload,
                          const struct differences *all) {
  struct log_line line;

  if (log_begin(&line, LOG_INFO, "config_reloaded")) {
    log_text(&line, "changed", all->changed.text, all->changed.len);
    log_int(&line, "keys", (int64_t)keys_count(reload->keys));
    log_end(&line);
  }
  if (all->kept.len > 0 && log_begin(&line, LOG_WARN, "config_needs_restart")) {
    log_text(&line, "settings", all->kept.text, all->kept.len);
    log_cstr(&line, "message", "These can't change while the service runs.");
    log_end(&line);
  }
}

static void reject(const struct reload *reload,
                   const struct config_faults *faults) {
  struct log_line line;

  reload->metrics->reloads[METRICS_REJECTED]++;
  if (!log_begin(&line, LOG_ERROR, "config_rejected"))
    return;
  log_cstr(&line, "message", "The settings before stay in force.");
  log_text(&line, "faults", faults->text, faults->len);
  log_end(&line);
}

/* Hands the settings on to those who keep some of their own. */
static void spread(const struct reload *reload) {
  const struct config *config = reload->config;
  struct registry_options registry = {0};
  struct sched_options sched = {0};

  tune_sched(config, &sched);
  tune_registry(config, &registry);
  sched_retune(reload->sched, &sched);
  registry_retune(reload->registry, &registry);
  transport_retune(reload->transport, config->connection_timeout,
                   config->max_body);
  keys_limit_anonymous(reload->keys, &config->anonymous);
  log_set_level((enum log_level)config->log_level);
}

/* Whether the fresh settings may be served where the service listens now. */
static bool may_stay(const struct reload *reload, const struct config *fresh,
                     struct config_faults *faults) {
  struct config there = *fresh;

  there.listen = reload->config->listen;
  there.allow_anonymous = reload->config->allow_anonymous;
  return config_may_listen(&there, faults);
}

bool reload_read_files(const struct config *config, struct reload_files *files,
                       struct config_faults *faults,
                       struct config_faults *warnings) {
  *files = (struct reload_files){0};
  if (config->keys != NULL)
    files->keys = keys_read(config->keys, faults, warnings);
  if (config->tls_cert != NULL && config->tls_key != NULL)
    files->cert = tls_load(config->tls_cert, config->tls_key, faults, warnings);
  if (faults->len == 0)
    return true;
  reload_drop_files(files);
  return false;
}

void reload_drop_files(struct reload_files *files) {
  keys_drop(files->keys);
  tls_release(files->cert);
  *files = (struct reload_files){0};
}

static void warn(const struct config_faults *warnings) {
  if (warnings->len > 0)
    log_message(LOG_WARN, "config_warning", warnings->text);
}

void reload_now(const struct reload *reload) {
  static struct config_faults faults, warnings;
  struct differences differences = {0};
  struct reload_files files = {0};
  struct config fresh;

  warnings = (struct config_faults){0};
  config_read(&fresh, reload->argc, reload->argv, getenv, &faults);
  if (faults.len == 0)
    may_stay(reload, &fresh, &faults);
  if (reload_read_files(&fresh, &files, &faults, &warnings) &&
      !keys_use(reload->keys, files.keys))
    config_fault(&faults, "keys: there is no memory");
  if (faults.len > 0) {
    reject(reload, &faults);
  } else {
    if (files.cert != NULL && transport_cert(reload->transport) != NULL) {
      transport_use_cert(reload->transport, files.cert);
      files.cert = NULL;
    }
    reload->fit(&fresh);
    config_apply(reload->config, &fresh, on_difference, &differences);
    spread(reload);
    reload->metrics->reloads[METRICS_RELOADED]++;
    tell_reloaded(reload, &differences);
    warn(&warnings);
  }
  tls_release(files.cert);
  config_free(&fresh);
}
