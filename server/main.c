/*
 * main.c - starts everything, wires it together, and takes it down in order.
 * The only file that knows all the others.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "api/json_arena.h"
#include "build_info.h"
#include "gene_io.h"
#include "server/clock.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/machine.h"
#include "server/reload.h"

#define DRAIN_TICK_MS 20

/* After the grace of cancelled evaluations: for their answers to leave. */
#define LAST_ANSWERS_MS 500

/* Descriptors that are not connections: log, epoll, scratch files, lingering
 * sockets. */
#define OTHER_FILES 768

enum stage {
  STAGE_SERVING,
  STAGE_DRAINING,   /* requests in flight are answered */
  STAGE_CANCELLING, /* their time is over, or only the unattended are left */
  STAGE_ENDING,     /* the last answers leave */
};

struct server {
  struct config config;
  int argc;
  char **argv;
  struct tls_cert *cert; /* until the transport has it */
  uv_loop_t loop;
  uv_signal_t on_term, on_int, on_hup;
  uv_timer_t drain_tick;
  struct deadlines deadlines;
  struct work_queue work;
  struct metrics metrics;
  struct api api;
  enum stage stage;
  uint64_t stage_began;
  bool hurried; /* asked twice to stop */
};

/* ---- what the machine allows -------------------------------------------- */

static void fit(struct config *config) {
  uint64_t files = machine_open_files();

  config_fit(config, machine_memory());
  if (files > OTHER_FILES && config->max_connections > files - OTHER_FILES)
    config->max_connections = files - OTHER_FILES;
}

/* ---- stopping ----------------------------------------------------------- */

static void enter(struct server *s, enum stage stage) {
  s->stage = stage;
  s->stage_began = uv_now(&s->loop);
}

/* Whether the stage has lasted this long. */
static bool is_over(const struct server *s, uint64_t ms) {
  return s->hurried || uv_now(&s->loop) - s->stage_began >= ms;
}

static size_t live(struct server *s) {
  struct sched_stats stats;

  sched_stats(s->api.sched, &stats);
  return stats.live + stats.queued;
}

static void on_drain_tick(uv_timer_t *timer) {
  struct server *s = timer->data;
  bool alone = transport_connections(s->api.transport) == 0;

  if (s->stage == STAGE_DRAINING &&
      (alone || is_over(s, s->config.drain_timeout))) {
    enter(s, STAGE_CANCELLING);
    api_refuse_large(&s->api);
    sched_cancel_all(s->api.sched, "The service is stopping");
  }
  if (s->stage == STAGE_CANCELLING &&
      (live(s) == 0 || is_over(s, s->config.cancel_grace + LAST_ANSWERS_MS))) {
    enter(s, STAGE_ENDING);
    sched_kill_all(s->api.sched);
  }
  if (s->stage == STAGE_ENDING && (alone || is_over(s, LAST_ANSWERS_MS)))
    uv_stop(&s->loop);
}

static void on_signal(uv_signal_t *handle, int number) {
  struct server *s = handle->data;
  struct log_line line;

  if (log_begin(&line, LOG_INFO, "stopping")) {
    log_int(&line, "signal", number);
    log_int(&line, "in_flight", (int64_t)transport_in_flight(s->api.transport));
    log_end(&line);
  }
  if (s->stage != STAGE_SERVING) {
    s->hurried = true;
    return;
  }
  s->api.draining = true;
  sched_drain(s->api.sched);
  watchdog_detach(s->api.watchdog);
  transport_drain(s->api.transport);
  enter(s, STAGE_DRAINING);
  uv_timer_start(&s->drain_tick, on_drain_tick, 0, DRAIN_TICK_MS);
}

/* ---- settings read again ------------------------------------------------ */

static void on_hup(uv_signal_t *handle, int number) {
  struct server *s = handle->data;
  const struct reload reload = {
      .config = &s->config,
      .argc = s->argc,
      .argv = s->argv,
      .fit = fit,
      .sched = s->api.sched,
      .registry = s->api.registry,
      .transport = s->api.transport,
      .metrics = &s->metrics,
      .keys = s->api.keys,
  };

  (void)number;
  if (s->stage == STAGE_SERVING)
    reload_now(&reload);
}

/* ---- starting ----------------------------------------------------------- */

static int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why there is no service. */
static int fail(const char *format, ...) {
  va_list args;

  fputs("gened: ", stderr);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
  return EXIT_FAILURE;
}

static bool tell(const char *what, int error) {
  fail("%s: %s", what, uv_strerror(error));
  return false;
}

static bool start_loop(struct server *s) {
  int error = uv_loop_init(&s->loop);

  if (error == 0)
    error = uv_loop_configure(&s->loop, UV_METRICS_IDLE_TIME);
  if (error == 0)
    error = deadlines_init(&s->deadlines, &s->loop);
  work_init(&s->work, &s->loop);
  return error == 0 || tell("no event loop", error);
}

static bool start_core(struct server *s) {
  const struct config *config = &s->config;
  gene_core_options_t core = {
      .page_pool_bytes = config->page_pool,
      .program_cache_bytes = config->program_cache,
      .source_nesting = (uint32_t)config->max_nesting,
      .unused = api_unused,
      .unused_data = &s->api,
  };
  const gene_io_options_t io = {
      .scratch_root = config->scratch_root,
      .scratch_bytes = config->scratch_bytes,
      .scratch_files = (uint32_t)config->scratch_files,
  };

  char what[512] = "no file operations";
  int error;

  if (!gene_stress_parse(getenv("GENE_STRESS"), &core.stress)) {
    fail("GENE_STRESS knows gc, move, slice and trace, not '%.80s'",
         getenv("GENE_STRESS"));
    return false;
  }
  s->api.core = gene_core_create(&core);
  if (s->api.core == NULL)
    return tell("no virtual machine", UV_ENOMEM);
  error = gene_io_attach(s->api.core, &s->loop, &io);
  if (error == 0)
    return true;
  if (config->scratch_root != NULL)
    snprintf(what, sizeof what, "scratch-root: '%.400s' can't be used",
             config->scratch_root);
  return tell(what, error);
}

static bool start_sched(struct server *s) {
  struct registry_options registry = {.deadlines = &s->deadlines};
  const struct events_options events = {
      .deadlines = &s->deadlines,
      .max_bytes = s->config.event_bytes,
      .keep_ms = s->config.event_keep,
      .look = api_look,
      .data = &s->api,
  };
  struct sched_options sched = {
      .loop = &s->loop,
      .core = s->api.core,
      .deadlines = &s->deadlines,
      .metrics = &s->metrics,
      .make_outcome = api_make_outcome,
      .fill_outcome = api_fill_outcome,
  };

  tune_registry(&s->config, &registry);
  tune_sched(&s->config, &sched);
  sched.registry = s->api.registry = registry_create(&registry);
  sched.events = s->api.events = events_create(&events);
  if (s->api.registry != NULL && s->api.events != NULL)
    s->api.sched = sched_create(&sched);
  return s->api.sched != NULL || tell("no scheduler", UV_ENOMEM);
}

static void on_adopted(void *data, int fd) {
  struct server *s = data;

  transport_adopt(s->api.transport, fd);
}

static bool start_transport(struct server *s, int listener) {
  const struct config *config = &s->config;
  const struct watchdog_options watchdog = {
      .loop = &s->loop,
      .listener = listener,
      .step_in_ms = 20,
      .stall_ms = 1000,
      .dead_ms = 30000,
      .metrics = &s->metrics,
      .adopt = on_adopted,
      .data = s,
  };
  const struct transport_options transport = {
      .loop = &s->loop,
      .app = api_app(&s->api),
      .listener = listener,
      .max_connections = config->max_connections,
      .connection_timeout = config->connection_timeout,
      .max_body = config->max_body,
      .beat_ms = config->event_heartbeat,
      .max_held = config->memory_limit / 8,
      .tls = s->cert,
  };

  s->api.watchdog = watchdog_start(&watchdog);
  if (s->api.watchdog == NULL) {
    fail("no memory or no thread for the watchdog");
    return false;
  }
  s->api.transport = transport_start(&transport);
  s->cert = NULL;
  if (s->api.transport == NULL)
    fail("no memory, thread or descriptor for the HTTP library");
  return s->api.transport != NULL;
}

static void start_handles(struct server *s) {
  uv_signal_init(&s->loop, &s->on_term);
  uv_signal_init(&s->loop, &s->on_int);
  uv_signal_init(&s->loop, &s->on_hup);
  uv_timer_init(&s->loop, &s->drain_tick);
  s->on_term.data = s->on_int.data = s->on_hup.data = s;
  s->drain_tick.data = s;
  uv_signal_start(&s->on_term, on_signal, SIGTERM);
  uv_signal_start(&s->on_int, on_signal, SIGINT);
  uv_signal_start(&s->on_hup, on_hup, SIGHUP);
}

static void tell_listening(const struct server *s, const char *address) {
  struct log_line line;

  if (!log_begin(&line, LOG_INFO, "listening"))
    return;
  log_cstr(&line, "address", address);
  log_cstr(&line, "version", GENED_VERSION);
  log_cstr(&line, "commit", GENED_COMMIT);
  log_int(&line, "memory_limit", (int64_t)s->config.memory_limit);
  log_int(&line, "max_connections", (int64_t)s->config.max_connections);
  log_cstr(&line, "protocol", s->config.tls_cert != NULL ? "https" : "http");
  log_int(&line, "keys", (int64_t)keys_count(s->api.keys));
  log_end(&line);
}

/* ---- all of it ---------------------------------------------------------- */

static void tear_down(struct server *s) {
  transport_stop(s->api.transport);
  sched_kill_all(s->api.sched);
  watchdog_stop(s->api.watchdog);
  sched_close(s->api.sched);
  registry_destroy(s->api.registry);
  events_destroy(s->api.events);
  deadlines_close(&s->deadlines);
  gene_io_detach(s->api.core);
  uv_close((uv_handle_t *)&s->on_term, NULL);
  uv_close((uv_handle_t *)&s->on_int, NULL);
  uv_close((uv_handle_t *)&s->on_hup, NULL);
  uv_close((uv_handle_t *)&s->drain_tick, NULL);
  uv_run(&s->loop, UV_RUN_DEFAULT);
  transport_free(s->api.transport);
  watchdog_free(s->api.watchdog);
  sched_free(s->api.sched);
  gene_core_destroy(s->api.core);
  uv_loop_close(&s->loop);
}

static int serve(struct server *s, const struct config_faults *warnings) {
  char address[LISTENER_TEXT], message[512] = "listen: not an address";
  uint64_t files = machine_open_files();
  int listener;

  signal(SIGPIPE, SIG_IGN);
  json_arena_init();
  if (files < OTHER_FILES + 64)
    return fail("%llu open files are allowed; at least %d are needed",
                (unsigned long long)files, OTHER_FILES + 64);
  fit(&s->config);
  listener = listener_open(s->config.listen, address, message, sizeof message);
  if (listener < 0)
    return fail("%s", message);
  s->api.config = &s->config;
  s->api.metrics = &s->metrics;
  s->api.deadlines = &s->deadlines;
  s->api.work = &s->work;
  s->api.started_ns = clock_ns();
  if (!start_loop(s) || !start_core(s) || !start_sched(s) ||
      !start_transport(s, listener))
    return EXIT_FAILURE;
  start_handles(s);
  if (!log_open(STDERR_FILENO, (enum log_level)s->config.log_level))
    return fail("no thread for the log");
  tell_listening(s, address);
  if (warnings->len > 0)
    log_message(LOG_WARN, "config_warning", warnings->text);
  uv_run(&s->loop, UV_RUN_DEFAULT);
  tear_down(s);
  log_message(LOG_INFO, "stopped", "all is closed");
  log_close();
  return EXIT_SUCCESS;
}

/* ---- the command line --------------------------------------------------- */

static void tell_faults(const char *before, const struct config_faults *all) {
  const char *at = all->text;

  while (*at != '\0') {
    int len = (int)strcspn(at, "\n");

    fprintf(stderr, "gened: %s%.*s\n", before, len, at);
    at += len + (at[len] == '\n');
  }
}

/* Reads what the settings name. */
static bool read_files(struct server *s, struct config_faults *faults,
                       struct config_faults *warnings) {
  struct reload_files files;

  s->api.keys = keys_create();
  if (!reload_read_files(&s->config, &files, faults, warnings))
    return false;
  s->cert = files.cert;
  if (s->api.keys != NULL && keys_use(s->api.keys, files.keys)) {
    keys_limit_anonymous(s->api.keys, &s->config.anonymous);
    return true;
  }
  config_fault(faults, "keys: there is no memory");
  return false;
}

/* Does not serve, but tells with what it would. */
static int show(struct server *s) {
  fit(&s->config);
  puts("ok");
  config_show(&s->config, stdout);
  return EXIT_SUCCESS;
}

static int make_key(const char *name) {
  if (name == NULL || !keys_make(name, stderr, stdout))
    return fail("--new-key: it needs a name of up to 64 letters, digits and "
                ". _ -"),
           2;
  return EXIT_SUCCESS;
}

/* With settings that have been read. */
static int go(struct server *s, enum config_action action,
              struct config_faults *faults) {
  static struct config_faults warnings;
  bool good;

  config_misspelt(environ, &warnings);
  good = read_files(s, faults, &warnings);
  tell_faults("", faults);
  if (action == CONFIG_CHECK || !good)
    tell_faults("warning: ", &warnings);
  if (!good)
    return 2;
  return action == CONFIG_CHECK ? show(s) : serve(s, &warnings);
}

static int act(struct server *s) {
  static struct config_faults faults;
  enum config_action action =
      config_read(&s->config, s->argc, s->argv, getenv, &faults);

  switch (action) {
  case CONFIG_HELP: config_help(stdout); return EXIT_SUCCESS;
  case CONFIG_VERSION:
    printf("gened %s (%s, %s, %s)\n", GENED_VERSION, GENED_COMMIT,
           GENED_BUILD_TYPE, GENED_COMPILER);
    return EXIT_SUCCESS;
  case CONFIG_NEW_KEY: return make_key(s->config.new_key);
  case CONFIG_CHECK_HEALTH:
    tell_faults("", &faults);
    if (faults.len > 0)
      return 2;
    return listener_check(s->config.listen, s->config.tls_cert != NULL) == 0
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
  case CONFIG_CHECK:
  case CONFIG_RUN: break;
  }
  return go(s, action, &faults);
}

int main(int argc, char **argv) {
  static struct server server;
  int code;

  server.argc = argc;
  server.argv = argv;
  code = act(&server);
  keys_destroy(server.api.keys);
  tls_release(server.cert);
  config_free(&server.config);
  return code;
}
