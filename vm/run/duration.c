/*
 * duration.c - durations as microseconds. It never waits.
 */
#include "run/duration.h"

#include <math.h>

#define MAX_US (100ull * 366 * 24 * 3600 * 1000000)

int gn_duration_us(gn_ctx *ctx, gn_value v, uint64_t *out) {
  if (gn_is_int(v)) {
    int64_t ms = gn_int(v);
    if (ms < 0)
      return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                      "Duration must not be negative: %lld ms", (long long)ms);
    *out = (uint64_t)ms > MAX_US / 1000 ? MAX_US : (uint64_t)ms * 1000;
    return GN_OK;
  }
  if (!gn_is_float(v))
    return gn_throw(ctx, GN_X_TYPE, NULL,
                    "Duration must be Int (ms) or Float (s), got %s",
                    gn_type_cstr(ctx, v));
  double s = gn_float(v);
  if (isnan(s))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "Duration must be finite and not negative: nan s");
  if (!isfinite(s) || s < 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "Duration must be finite and not negative: %g s", s);
  *out = s * 1e6 >= (double)MAX_US ? MAX_US : (uint64_t)ceil(s * 1e6);
  return GN_OK;
}
