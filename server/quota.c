/*
 * quota.c - see quota.h.
 */
#include "server/quota.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define SECOND 1000000000u
#define DAY    (86400ull * SECOND)

/* A second's worth of fuel may be owed before the next has to wait. */
#define FUEL_AHEAD SECOND

const char *const quota_names[QUOTA_POLICIES] = {
    [QUOTA_REQUESTS] = "requests",
    [QUOTA_CONCURRENCY] = "concurrency",
    [QUOTA_FUEL] = "fuel",
};

/* How far a moment is ahead of now. */
static uint64_t ahead(uint64_t moment, uint64_t now) {
  return moment > now ? moment - now : 0;
}

uint64_t quota_burst(const struct quota_limits *limits) {
  uint64_t second = SECOND / limits->rate_ns;

  if (limits->burst != 0)
    return limits->burst;
  return second > 0 ? second : 1;
}

bool quota_request(const struct quota_limits *limits, struct quota *quota,
                   uint64_t now, uint64_t *wait_ns) {
  uint64_t used, most;

  if (limits->rate_ns == 0)
    return true;
  used = ahead(quota->rate_ns, now);
  most = (quota_burst(limits) - 1) * limits->rate_ns;
  if (used > most) {
    *wait_ns = used - most;
    return false;
  }
  quota->rate_ns = now + used + limits->rate_ns;
  return true;
}

bool quota_evaluation(const struct quota_limits *limits,
                      const struct quota *quota, uint64_t now,
                      enum quota_policy *policy, uint64_t *wait_ns) {
  uint64_t owed = ahead(quota->fuel_ns, now);

  *wait_ns = 0;
  if (limits->concurrency != 0 && quota->live >= limits->concurrency) {
    *policy = QUOTA_CONCURRENCY;
    return false;
  }
  if (limits->fuel_rate != 0 && owed >= FUEL_AHEAD) {
    *policy = QUOTA_FUEL;
    *wait_ns = owed - FUEL_AHEAD + 1;
    return false;
  }
  return true;
}

void quota_use_fuel(const struct quota_limits *limits, struct quota *quota,
                    uint64_t now, uint64_t fuel) {
  unsigned __int128 cost;

  if (limits->fuel_rate == 0)
    return;
  cost = (unsigned __int128)fuel * SECOND / limits->fuel_rate +
         ahead(quota->fuel_ns, now);
  quota->fuel_ns = now + (cost > DAY ? DAY : (uint64_t)cost);
}

/* ---- headers ------------------------------------------------------------ */

struct text {
  char *out;
  size_t size, len;
};

/* Adds an item of a list. */
__attribute__((format(printf, 2, 3))) static void add(struct text *text,
                                                      const char *format, ...) {
  va_list args;
  int len;

  if (text->len > 0)
    text->len +=
        (size_t)snprintf(text->out + text->len, text->size - text->len, ", ");
  va_start(args, format);
  len = vsnprintf(text->out + text->len, text->size - text->len, format, args);
  va_end(args);
  assert(len > 0);
  text->len += (size_t)len;
  assert(text->len < text->size);
}

/* Whole seconds, rounded up. */
static unsigned long long seconds(uint64_t ns) {
  return (ns + SECOND - 1) / SECOND;
}

size_t quota_write_policy(const struct quota_limits *limits, char *out,
                          size_t size) {
  struct text text = {out, size, 0};

  if (limits->rate_ns != 0)
    add(&text, "\"requests\";q=%llu;w=%llu",
        (unsigned long long)quota_burst(limits),
        seconds(quota_burst(limits) * limits->rate_ns));
  if (limits->concurrency != 0)
    add(&text, "\"concurrency\";q=%llu;qu=\"concurrent-requests\"",
        (unsigned long long)limits->concurrency);
  if (limits->fuel_rate != 0)
    add(&text, "\"fuel\";q=%llu;qu=\"fuel\";w=1",
        (unsigned long long)limits->fuel_rate);
  return text.len;
}

size_t quota_write_state(const struct quota_limits *limits,
                         const struct quota *quota, uint64_t now, char *out,
                         size_t size) {
  struct text text = {out, size, 0};
  uint64_t used = ahead(quota->rate_ns, now);
  uint64_t owed = ahead(quota->fuel_ns, now);

  if (limits->rate_ns != 0) {
    uint64_t most = quota_burst(limits) * limits->rate_ns;

    add(&text, "\"requests\";r=%llu;t=%llu",
        (unsigned long long)(ahead(most, used) / limits->rate_ns),
        seconds(used));
  }
  if (limits->concurrency != 0)
    add(&text, "\"concurrency\";r=%llu",
        (unsigned long long)ahead(limits->concurrency, quota->live));
  if (limits->fuel_rate != 0) {
    unsigned __int128 left =
        (unsigned __int128)limits->fuel_rate * ahead(FUEL_AHEAD, owed) / SECOND;

    add(&text, "\"fuel\";r=%llu;t=%llu", (unsigned long long)left,
        seconds(owed));
  }
  return text.len;
}
