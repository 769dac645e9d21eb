/*
 * number_format.c - the shortest decimal that reads back as the same double,
 * by Schubfach (R. Giulietti, "The Schubfach way to render doubles"): the
 * double and the ends of its rounding interval, scaled by a power of ten, are
 * known well enough from 128 bits of that power. It knows no locale.
 *
 * The paper's table of 617 powers is made from 23 of them and the powers of
 * five below 2^64; what their product lacks or has too much is in corrections.
 */
#include "core/number.h"

#include <math.h>

typedef struct uint128 {
  uint64_t hi, lo;
} uint128;

/* clang-format off */
/* 5^j */
static const uint64_t pow5[28] = {
    0x0000000000000001, 0x0000000000000005, 0x0000000000000019,
    0x000000000000007d, 0x0000000000000271, 0x0000000000000c35,
    0x0000000000003d09, 0x000000000001312d, 0x000000000005f5e1,
    0x00000000001dcd65, 0x00000000009502f9, 0x0000000002e90edd,
    0x000000000e8d4a51, 0x0000000048c27395, 0x000000016bcc41e9,
    0x000000071afd498d, 0x0000002386f26fc1, 0x000000b1a2bc2ec5,
    0x000003782dace9d9, 0x00001158e460913d, 0x000056bc75e2d631,
    0x0001b1ae4d6e2ef5, 0x000878678326eac9, 0x002a5a058fc295ed,
    0x00d3c21bcecceda1, 0x0422ca8b0a00a425, 0x14adf4b7320334b9,
    0x6765c793fa10079d,
};

/* 10^(28 (i - 11)), scaled to [2^127, 2^128), rounded up. */
static const uint128 tens[23] = {
    {0xe61acf033d1a45df, 0x6fb92487298e33be},
    {0xe858ad248f5c22c9, 0xd1b3400f8f9cff69},
    {0xea9c227723ee8bcb, 0x465e15a979c1cadd},
    {0xece53cec4a314ebd, 0xa4f8bf5635246429},
    {0xef340a98172aace4, 0x86fb897116c87c35},
    {0xf18899b1bc3f8ca1, 0xdc44e6c3cb279ac2},
    {0xf3e2f893dec3f126, 0x5a89dba3c3efccfb},
    {0xf64335bcf065d37d, 0x4d4617b5ff4a16d6},
    {0xf8a95fcf88747d94, 0x75a44c6397ce912b},
    {0xfb158592be068d2e, 0xeed6e2f0f0d56713},
    {0xfd87b5f28300ca0d, 0x8bca9d6e188853fd},
    {0x8000000000000000, 0x0000000000000000},
    {0x813f3978f8940984, 0x4000000000000000},
    {0x82818f1281ed449f, 0xbff8f10e7a8921a5},
    {0x83c7088e1aab65db, 0x792667c6da79e0fb},
    {0x850fadc09923329e, 0x03e2cf6bc604ddb1},
    {0x865b86925b9bc5c2, 0x0b8a2392ba45a9b3},
    {0x87aa9aff79042286, 0x90fb44d2f05d0843},
    {0x88fcf317f22241e2, 0x441fece3bdf81f04},
    {0x8a5296ffe33cc92f, 0x82bd6b70d99aaa70},
    {0x8bab8eefb6409c1a, 0x1ad089b6c2f7548f},
    {0x8d07e33455637eb2, 0xdb0b487b6423e1e9},
    {0x8e679c2f5e44ff8f, 0x570f09eaa7ea7649},
};

/* Two bits for each power from TEN_MIN on: what is to be added, plus one. */
static const uint64_t corrections[20] = {
    0xaaaaaaaaa965aa55, 0x555a59659955aaaa, 0x9955665a55555955,
    0xa9a6a9aaaa6aa6a5, 0x5a59a6aaaaaaaaaa, 0xa69599a6aaaaa9aa,
    0x5a999699aa695aaa, 0xaaa9a6aaa9aaaa55, 0x5665696aa965aaa9,
    0x5555555555555559, 0x1555555555555555, 0x4545551145455555,
    0x6595955451551555, 0x1555559559555659, 0xaaaaaaaaa9556555,
    0x554504555581aaaa, 0x6a56aaa6a9a69554, 0x9518115514195555,
    0x55555555aa565966, 0x0000000000015a69,
};
/* clang-format on */

#define TEN_MIN  (-292)
#define TEN_MAX  324
#define TEN_STEP 28

/* 10^k scaled to [2^127, 2^128) and rounded up. */
static uint128 power_of_ten(int k) {
  assert(k >= TEN_MIN && k <= TEN_MAX);
  unsigned i = (unsigned)(k + 11 * TEN_STEP) / TEN_STEP;
  unsigned j = (unsigned)(k + 11 * TEN_STEP) % TEN_STEP;
  uint64_t m = pow5[j] << __builtin_clzll(pow5[j]);
  unsigned __int128 low = (unsigned __int128)tens[i].lo * m;
  unsigned __int128 sum =
      (unsigned __int128)tens[i].hi * m + (uint64_t)(low >> 64);
  uint64_t rest = (uint64_t)low;
  if (!(sum >> 127)) {
    sum = sum << 1 | rest >> 63;
  }
  unsigned n = (unsigned)(k - TEN_MIN);
  sum += corrections[n / 32] >> (n % 32 * 2) & 3;
  sum -= 1;
  return (uint128){(uint64_t)(sum >> 64), (uint64_t)sum};
}

/* floor(log10(2^e)), or of 3/4 2^e; floor(log2(10^e)). */
static int log10_of_pow2(int e) {
  return (e * 1262611) >> 22;
}
static int log10_of_three_quarters(int e) {
  return (e * 1262611 - 524031) >> 22;
}
static int log2_of_pow10(int e) {
  return (e * 1741647) >> 19;
}

/* The upper bits of g * c, with the lowest one set when any below was. */
static uint64_t round_to_odd(uint128 g, uint64_t c) {
  unsigned __int128 x = (unsigned __int128)g.lo * c;
  unsigned __int128 y = (unsigned __int128)g.hi * c + (uint64_t)(x >> 64);
  return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

typedef struct decimal {
  uint64_t digits;
  int exponent; /* value = digits * 10^exponent */
} decimal;

/* The shortest decimal in the rounding interval of c * 2^q, the closest of
 * them. `closer` says that the lower neighbour is half as far away. */
static decimal shortest(uint64_t c, int q, bool closer) {
  uint64_t odd = c & 1; /* the ends belong to the interval of an even c */
  int k = closer ? log10_of_three_quarters(q) : log10_of_pow2(q);
  int h = q + log2_of_pow10(-k) + 1;
  uint128 g = power_of_ten(-k);
  uint64_t v = round_to_odd(g, 4 * c << h);
  uint64_t lower = round_to_odd(g, (4 * c - 2 + closer) << h) + odd;
  uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - odd;
  uint64_t s = v / 4;
  if (s >= 10) {
    uint64_t t = s / 10;
    bool below = lower <= 40 * t, above = 40 * t + 40 <= upper;
    if (below != above)
      return (decimal){t + above, k + 1};
  }
  bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
  if (below != above)
    return (decimal){s + above, k};
  uint64_t middle = 4 * s + 2;
  bool up = v > middle || (v == middle && (s & 1));
  return (decimal){s + up, k};
}

/* d must be finite and above zero. Trailing zeros are gone. */
static decimal to_decimal(double d) {
  uint64_t bits = gn_double_bits(d);
  uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
  int exponent = (int)(bits >> 52 & 0x7ff);
  decimal x;
  if (exponent == 0)
    x = shortest(fraction, -1074, false);
  else
    x = shortest(fraction | (uint64_t)1 << 52, exponent - 1075,
                 fraction == 0 && exponent > 1);
  while (x.digits % 10 == 0) {
    x.digits /= 10;
    x.exponent++;
  }
  return x;
}

/* ---- layout ---- */

typedef struct writer {
  char *at;
} writer;

static void put(writer *w, const char *s, size_t n) {
  memcpy(w->at, s, n);
  w->at += n;
}

static void put_zeros(writer *w, int n) {
  for (; n > 0; n--)
    *w->at++ = '0';
}

/* point: digits before the decimal point, at most 16, above -4. */
static void put_plain(writer *w, const char *digits, int n, int point) {
  if (point <= 0) {
    put(w, "0.", 2);
    put_zeros(w, -point);
    put(w, digits, (size_t)n);
  } else if (point >= n) {
    put(w, digits, (size_t)n);
    put_zeros(w, point - n);
    put(w, ".0", 2);
  } else {
    put(w, digits, (size_t)point);
    put(w, ".", 1);
    put(w, digits + point, (size_t)(n - point));
  }
}

static void put_scientific(writer *w, const char *digits, int n, int exponent) {
  put(w, digits, 1);
  if (n > 1) {
    put(w, ".", 1);
    put(w, digits + 1, (size_t)n - 1);
  }
  put(w, exponent < 0 ? "e-" : "e+", 2);
  exponent = exponent < 0 ? -exponent : exponent;
  if (exponent < 10)
    put_zeros(w, 1);
  w->at += gn_format_int(exponent, w->at);
}

static void put_finite(writer *w, double d) {
  char digits[24];
  decimal x = to_decimal(d);
  int n = (int)gn_format_int((int64_t)x.digits, digits);
  int point = n + x.exponent;
  if (point > -4 && point <= 16)
    put_plain(w, digits, n, point);
  else
    put_scientific(w, digits, n, point - 1);
}

size_t gn_format_double(double d, char *buf) {
  writer w = {buf};
  if (isnan(d)) {
    put(&w, "nan", 3);
  } else {
    if (signbit(d))
      put(&w, "-", 1);
    if (isinf(d))
      put(&w, "inf", 3);
    else if (d == 0)
      put(&w, "0.0", 3);
    else
      put_finite(&w, fabs(d));
  }
  *w.at = '\0';
  return (size_t)(w.at - buf);
}
