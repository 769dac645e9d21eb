/*
 * transport.c - libmicrohttpd inside the loop: its epoll descriptor is watched
 * by the loop, and it runs only from the loop's callbacks, never from its own.
 *
 * The library wakes nobody when a suspended connection is resumed, and walks
 * all suspended ones for each batch of them; so answers are gathered and
 * handed over together, once a turn, in the prepare callback.
 */
#include "server/transport.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/log.h"
#include "server/random.h"
#include "server/transport_internal.h"

/* Rounds of the library in one turn of the loop; what is left then is done in
 * the next, after timers and scripts have had theirs. */
#define PUMP_ROUNDS 8

#define TICK_MS 250

/* As many in a row that left something to do at once tell that the library
 * may be turning in circles. */
#define MANY_PUMPS 20

/* How long a connection may be idle while draining: a client that has just
 * sent its next request is answered rather than reset. */
#define DRAIN_IDLE_MS 300

/* Zeroed after each request, hence not larger; see transport_guard.c for how
 * it bounds the head. */
#define CONNECTION_MEMORY 8192

static void on_again(uv_idle_t *idle) {
  (void)idle; /* the prepare callback does the work */
}

static bool wants_to_run(const struct transport *t) {
  MHD_UNSIGNED_LONG_LONG timeout;

  return t->ready != NULL || shake_may_go(t) ||
         (MHD_get_timeout(t->daemon, &timeout) == MHD_YES && timeout == 0);
}

/* Runs the library until it has nothing to do at once. */
static void pump(struct transport *t) {
  int rounds = 0;

  do {
    request_flush(t);
    shake_one(t);
    frame_run(t);
  } while (wants_to_run(t) && ++rounds < PUMP_ROUNDS);
  if (rounds == PUMP_ROUNDS) {
    t->restless++;
    uv_idle_start(&t->again, on_again);
  } else {
    t->restless = 0;
    if (t->due != NULL)
      uv_idle_start(&t->again, on_again);
    else
      uv_idle_stop(&t->again);
  }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  pump(poll->data);
}

static void on_prepare(uv_prepare_t *prepare) {
  struct transport *t = prepare->data;

  stream_flush(t);
  shake_turn(t);
  if (t->ready != NULL || t->due != NULL ||
      uv_is_active((uv_handle_t *)&t->again))
    pump(t);
}

static void on_tick(uv_timer_t *timer) {
  struct transport *t = timer->data;
  uint64_t now = uv_now(t->options.loop);

  conn_expire(t);
  stream_tick(t);
  if (t->restless >= MANY_PUMPS)
    conn_unjam(t);
  if (t->draining && now - t->drain_began > DRAIN_IDLE_MS)
    conn_expire_idle(t, now - DRAIN_IDLE_MS);
}

static void on_connection(void *data, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode what) {
  struct transport *t = data;
  const union MHD_ConnectionInfo *info;
  struct conn *conn;

  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    if (*slot != NULL)
      conn_closed(*slot);
    *slot = NULL;
    return;
  }
  conn = calloc(1, sizeof *conn);
  *slot = conn;
  if (conn == NULL)
    return;
  info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
  conn->fd = info->connect_fd;
  conn->mhd = mhd;
  conn_opened(t, conn);
  if (t->options.tls != NULL)
    shake_begin(conn, t->options.tls);
}

/* The library's own words. */
__attribute__((format(printf, 2, 0))) static void
on_library_log(void *data, const char *format, va_list args) {
  char text[512];

  (void)data;
  if (!log_enabled(LOG_DEBUG))
    return;
  vsnprintf(text, sizeof text, format, args);
  text[strcspn(text, "\n")] = '\0';
  log_message(LOG_DEBUG, "http_library", text);
}

/* Paths are matched as they are sent. */
static size_t leave_escaped(void *data, struct MHD_Connection *mhd,
                            char *text) {
  (void)data;
  (void)mhd;
  return strlen(text);
}

/* The library wants the certificate too, though each session is given its
 * own. */
static struct MHD_Daemon *start_daemon(struct transport *t) {
  const struct tls_cert *cert = t->options.tls;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, NULL},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, NULL},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, (char *)tls_priorities},
      {MHD_OPTION_END, 0, NULL},
  };
  /* The library leaves clients in the backlog once its limit is reached;
     * ours is lower, and answers. */
  unsigned limit = (unsigned)t->options.max_connections + 256;

  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

  if (cert != NULL) {
    flags |= MHD_USE_TLS;
    tls[0].ptr_value = (char *)tls_cert_pem(cert);
    tls[1].ptr_value = (char *)tls_key_pem(cert);
  } else {
    tls[0].option = MHD_OPTION_END;
  }
  return MHD_start_daemon(
      flags, 0, NULL, NULL, request_access, t,
      /* first, so that it takes all of its words */
      MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL,
      MHD_OPTION_LISTEN_SOCKET, t->options.listener,
      MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
      MHD_OPTION_URI_LOG_CALLBACK, request_began, t,
      MHD_OPTION_NOTIFY_COMPLETED, request_completed, t,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, t,
      MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_ARRAY, tls,
      MHD_OPTION_END);
}

static void start_handles(struct transport *t, int epoll_fd) {
  uv_loop_t *loop = t->options.loop;

  uv_poll_init(loop, &t->poll, epoll_fd);
  uv_poll_init(loop, &t->departures, t->departures_fd);
  uv_prepare_init(loop, &t->prepare);
  uv_idle_init(loop, &t->again);
  uv_timer_init(loop, &t->tick);
  t->poll.data = t->departures.data = t->prepare.data = t;
  t->again.data = t->tick.data = t;
  uv_poll_start(&t->poll, UV_READABLE, on_poll);
  uv_poll_start(&t->departures, UV_READABLE, conn_departures);
  uv_prepare_start(&t->prepare, on_prepare);
  uv_timer_start(&t->tick, on_tick, TICK_MS, TICK_MS);
  stream_start(t);
}

struct transport *transport_start(const struct transport_options *options) {
  const union MHD_DaemonInfo *info;
  struct transport *t = calloc(1, sizeof *t);

  if (t == NULL) {
    close(options->listener);
    tls_release(options->tls);
    return NULL;
  }
  t->options = *options;
  t->ready_end = &t->ready;
  t->due_end = &t->due;
  random_bytes(&t->id_state, sizeof t->id_state);
  t->departures_fd = epoll_create1(EPOLL_CLOEXEC);
  guard_init();
  if (stream_init(t) && t->departures_fd >= 0 && response_init(t) &&
      refusal_init())
    t->daemon = start_daemon(t);
  if (t->daemon == NULL) {
    if (t->departures_fd >= 0)
      close(t->departures_fd);
    close(options->listener);
    response_free_all(t);
    stream_free(t);
    tls_release(options->tls);
    free(t);
    return NULL;
  }
  info = MHD_get_daemon_info(t->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  assert(info != NULL && info->epoll_fd >= 0);
  t->epoll_fd = info->epoll_fd;
  start_handles(t, info->epoll_fd);
  return t;
}

void transport_adopt(struct transport *t, int fd) {
  struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
  socklen_t size = sizeof peer;

  (void)getpeername(fd, (struct sockaddr *)&peer, &size);
  /* The library closes what it does not take. */
  (void)MHD_add_connection(t->daemon, fd, (struct sockaddr *)&peer, size);
  uv_idle_start(&t->again, on_again); /* it has to run */
}

void transport_retune(struct transport *t, uint64_t connection_timeout,
                      size_t max_body) {
  t->options.connection_timeout = connection_timeout;
  t->options.max_body = max_body;
}

void transport_use_cert(struct transport *t, struct tls_cert *cert) {
  assert(t->options.tls != NULL && cert != NULL);
  tls_release(t->options.tls);
  t->options.tls = cert;
}

const struct tls_cert *transport_cert(const struct transport *t) {
  return t->options.tls;
}

void transport_drain(struct transport *t) {
  MHD_socket listener;

  if (t->draining)
    return;
  t->draining = true;
  t->drain_began = uv_now(t->options.loop);
  /* Whoever has connected already is served: the library accepts at most
     * ten a round, and closing the listener resets those in its backlog. */
  for (int i = 0; i < 64; i++)
    frame_run(t);
  listener = MHD_quiesce_daemon(t->daemon);
  if (listener >= 0)
    close(listener);
  pump(t);
}

size_t transport_in_flight(const struct transport *t) {
  return t->in_flight;
}

size_t transport_connections(const struct transport *t) {
  return t->connections + t->streams.len;
}

uint64_t transport_malformed(const struct transport *t) {
  return t->malformed;
}

void transport_stop(struct transport *t) {
  transport_drain(t);
  stream_stop(t);
  conn_depart_all(t);
  shake_end_all(t);
  pump(t);
  uv_close((uv_handle_t *)&t->poll, NULL); /* before its descriptor is */
  MHD_stop_daemon(t->daemon);
  t->daemon = NULL;
  linger_stop_all(t);
  uv_close((uv_handle_t *)&t->departures, NULL);
  uv_close((uv_handle_t *)&t->prepare, NULL);
  uv_close((uv_handle_t *)&t->again, NULL);
  uv_close((uv_handle_t *)&t->tick, NULL);
}

void transport_free(struct transport *t) {
  request_free_all(t);
  response_free_all(t);
  stream_free(t);
  tls_release(t->options.tls);
  close(t->departures_fd);
  free(t->by_fd);
  free(t);
}

const char *transport_library_version(void) {
  return MHD_get_version();
}
