/*
 * quota.h - how much one may ask for: requests at a rate, evaluations at a
 * time, fuel a second. Arithmetic alone: the moment is always passed in, in
 * nanoseconds of a clock that never goes back.
 *
 * Rates are kept by GCRA: one moment that a request, or fuel, moves on by what
 * it costs, and that may be ahead of now by no more than the burst.
 */
#ifndef SERVER_QUOTA_H
#define SERVER_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 everywhere: no limit. */
struct quota_limits {
  uint64_t rate_ns;     /* that a request costs: 1e8 is ten a second */
  uint64_t burst;       /* requests at once; 0: those of one second */
  uint64_t concurrency; /* evaluations that have begun and are not done */
  uint64_t fuel_rate;   /* units a second */
};

/* What is used of them. */
struct quota {
  uint64_t rate_ns; /* the moment when all of the burst is there again */
  uint64_t fuel_ns; /* and when no fuel is owed */
  uint64_t live;
};

enum quota_policy { QUOTA_REQUESTS, QUOTA_CONCURRENCY, QUOTA_FUEL };
#define QUOTA_POLICIES 3

/* The names of the policies, as clients see them. */
extern const char *const quota_names[QUOTA_POLICIES];

static inline bool quota_is_limited(const struct quota_limits *limits) {
  return (limits->rate_ns | limits->concurrency | limits->fuel_rate) != 0;
}

/* Requests at once, where there is a rate. */
uint64_t quota_burst(const struct quota_limits *limits);

/* Counts one request. False: it is one too many, not counted, and would be in
 * order after *wait_ns. */
bool quota_request(const struct quota_limits *limits, struct quota *quota,
                   uint64_t now, uint64_t *wait_ns);

/* Whether one more evaluation may begin. Else *policy is what forbids it, and
 * it is worth a try after *wait_ns. Fuel is paid afterwards: what evaluations
 * used beyond the rate, the next ones wait for. */
bool quota_evaluation(const struct quota_limits *limits,
                      const struct quota *quota, uint64_t now,
                      enum quota_policy *policy, uint64_t *wait_ns);

/* An evaluation used this much; at most a day's worth is owed. */
void quota_use_fuel(const struct quota_limits *limits, struct quota *quota,
                    uint64_t now, uint64_t fuel);

/* What RateLimit-Policy and RateLimit say (draft-ietf-httpapi-ratelimit-
 * headers-09): a list with an item for each limit there is. Return the length;
 * QUOTA_TEXT is enough for any. */
#define QUOTA_TEXT 192
size_t quota_write_policy(const struct quota_limits *limits, char *out,
                          size_t size);
size_t quota_write_state(const struct quota_limits *limits,
                         const struct quota *quota, uint64_t now, char *out,
                         size_t size);

#endif
