/*
 * log.c - the log's buffer and its writer thread. It never blocks the thread
 * that logs, but for the short time in which the writer takes the buffer.
 */
#include "server/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/utf8.h"

#define LOG_BUFFER (256 * 1024)

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t filled;
  pthread_t writer;
  bool open, closing;
  int descriptor;
  _Atomic int level;
  _Atomic uint64_t dropped;
  uint64_t told; /* of the dropped lines, those already logged */
  char buffer[2][LOG_BUFFER];
  int filling; /* which of the two */
  size_t len;
} logger = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .filled = PTHREAD_COND_INITIALIZER,
    .level = LOG_INFO,
};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Writes all, waiting for a slow reader; gives up on any other error. */
static void write_out(const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t done = write(logger.descriptor, bytes, len);

    if (done > 0) {
      bytes += done;
      len -= (size_t)done;
    } else if (done < 0 && errno == EAGAIN) {
      struct pollfd ready = {logger.descriptor, POLLOUT, 0};

      poll(&ready, 1, 100);
    } else if (done < 0 && errno != EINTR) {
      return;
    }
  }
}

static void *write_loop(void *unused) {
  (void)unused;
  pthread_mutex_lock(&logger.mutex);
  while (!logger.closing || logger.len > 0) {
    const char *bytes;
    size_t len;

    if (logger.len == 0) {
      pthread_cond_wait(&logger.filled, &logger.mutex);
      continue;
    }
    bytes = logger.buffer[logger.filling];
    len = logger.len;
    logger.filling ^= 1;
    logger.len = 0;
    pthread_mutex_unlock(&logger.mutex);
    write_out(bytes, len);
    pthread_mutex_lock(&logger.mutex);
  }
  pthread_mutex_unlock(&logger.mutex);
  return NULL;
}

bool log_open(int descriptor, enum log_level level) {
  logger.descriptor = descriptor;
  logger.level = (int)level;
  logger.closing = false;
  logger.len = 0;
  logger.open = pthread_create(&logger.writer, NULL, write_loop, NULL) == 0;
  return logger.open;
}

void log_close(void) {
  struct timespec until;

  if (!logger.open)
    return;
  pthread_mutex_lock(&logger.mutex);
  logger.closing = true;
  pthread_cond_signal(&logger.filled);
  pthread_mutex_unlock(&logger.mutex);
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 1;
  if (pthread_timedjoin_np(logger.writer, NULL, &until) != 0)
    pthread_detach(logger.writer);
  logger.open = false;
}

void log_set_level(enum log_level level) {
  logger.level = (int)level;
}

bool log_enabled(enum log_level level) {
  return (int)level >= logger.level;
}

uint64_t log_dropped(void) {
  return logger.dropped;
}

/* Appends a byte unless the line is full; the last bytes are kept free for
 * what log_end adds. */
static void put_byte(struct log_line *line, char byte) {
  if (line->len < sizeof line->bytes - 32)
    line->bytes[line->len++] = byte;
  else
    line->cut = true;
}

static void put_plain(struct log_line *line, const char *text) {
  for (; *text != '\0'; text++)
    put_byte(line, *text);
}

static void put_escaped(struct log_line *line, unsigned char byte) {
  char escape[8];

  snprintf(escape, sizeof escape, "\\u%04x", byte);
  put_plain(line, escape);
}

bool log_begin(struct log_line *line, enum log_level level, const char *event) {
  char moment[CLOCK_ISO_LEN + 1];
  struct timespec wall;

  if (!log_enabled(level))
    return false;
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_iso(moment, (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000);
  moment[CLOCK_ISO_LEN] = '\0';
  line->len = 0;
  line->cut = false;
  put_plain(line, "{\"ts\":\"");
  put_plain(line, moment);
  put_plain(line, "\",\"level\":\"");
  put_plain(line, level_names[level]);
  put_plain(line, "\",\"event\":\"");
  put_plain(line, event);
  put_byte(line, '"');
  return true;
}

static void put_name(struct log_line *line, const char *name) {
  put_plain(line, ",\"");
  put_plain(line, name);
  put_plain(line, "\":");
}

void log_text(struct log_line *line, const char *name, const char *value,
              size_t len) {
  /* Leaves room for a whole escape and the closing quote, so that a cut
     * line is JSON all the same. */
  const size_t end = sizeof line->bytes - 64;
  unsigned plain_limit = 0xff;

  if (line->len + strlen(name) + 16 > end)
    return;
  put_name(line, name);
  put_byte(line, '"');
  if (utf8_bad_at(value, len) < len)
    plain_limit = 0x7f;
  for (size_t i = 0; i < len && line->len < end; i++) {
    unsigned char byte = (unsigned char)value[i];

    if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f ||
        byte > plain_limit)
      put_escaped(line, byte);
    else
      put_byte(line, (char)byte);
  }
  put_byte(line, '"');
}

void log_cstr(struct log_line *line, const char *name, const char *value) {
  log_text(line, name, value, strlen(value));
}

void log_int(struct log_line *line, const char *name, int64_t value) {
  char digits[24];

  if (line->len + strlen(name) + 40 > sizeof line->bytes - 32)
    return;
  snprintf(digits, sizeof digits, "%lld", (long long)value);
  put_name(line, name);
  put_plain(line, digits);
}

static void append(const char *bytes, size_t len) {
  memcpy(logger.buffer[logger.filling] + logger.len, bytes, len);
  logger.len += len;
}

/* Adds the word on dropped lines that is due. Called with the mutex held. */
static void tell_dropped(void) {
  char text[96];
  uint64_t dropped = logger.dropped;
  int len;

  if (dropped == logger.told)
    return;
  len = snprintf(text, sizeof text,
                 "{\"level\":\"warn\",\"event\":\"log_dropped\","
                 "\"lines\":%llu}\n",
                 (unsigned long long)(dropped - logger.told));
  append(text, (size_t)len);
  logger.told = dropped;
}

void log_end(struct log_line *line) {
  line->bytes[line->len++] = '}';
  line->bytes[line->len++] = '\n';
  pthread_mutex_lock(&logger.mutex);
  if (!logger.open || logger.len + line->len + 96 > LOG_BUFFER) {
    logger.dropped++;
  } else {
    tell_dropped();
    append(line->bytes, line->len);
    pthread_cond_signal(&logger.filled);
  }
  pthread_mutex_unlock(&logger.mutex);
}

void log_message(enum log_level level, const char *event, const char *message) {
  struct log_line line;

  if (!log_begin(&line, level, event))
    return;
  log_cstr(&line, "message", message);
  log_end(&line);
}
