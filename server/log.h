/*
 * log.h - one JSON object a line on a descriptor, usually standard error.
 *
 * Lines go through a bounded buffer to a thread of their own, so a reader of
 * the log that stands still never holds up the loop; what finds the buffer
 * full is dropped and counted, and the count is logged when there is room.
 * Any thread may log.
 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* A line in the making; longer values are cut. */
struct log_line {
  size_t len;
  bool cut;
  char bytes[2048];
};

/* Starts the writer; false when no thread could be had. */
bool log_open(int descriptor, enum log_level level);

/* Writes out what is buffered, for at most a second, and ends the writer. */
void log_close(void);

/* Lines below this level are not written from now on. */
void log_set_level(enum log_level level);

/* Whether lines of this level are written. */
bool log_enabled(enum log_level level);

/* Lines dropped so far. */
uint64_t log_dropped(void);

/* log_begin, then any number of fields, then log_end. Names are literals that
 * need no escaping; values may hold any bytes. log_begin returns false when
 * the level is not written; the rest is then to be left out. */
bool log_begin(struct log_line *line, enum log_level level, const char *event);
void log_text(struct log_line *line, const char *name, const char *value,
              size_t len);
void log_cstr(struct log_line *line, const char *name, const char *value);
void log_int(struct log_line *line, const char *name, int64_t value);
void log_end(struct log_line *line);

/* A line with a message and nothing else. */
void log_message(enum log_level level, const char *event, const char *message);

#endif
