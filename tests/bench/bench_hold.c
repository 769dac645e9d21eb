/*
 * bench_hold.c - how long one slice of a script holds the loop: the longest
 * call of gene_context_run in processor time, which other programs on the
 * machine do not lengthen. The scripts touch large texts, each by one builtin.
 *
 *   bench_hold          a line for each script
 *   bench_hold WORD     those alone whose name holds WORD
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gene.h"

#define FUEL ((uint64_t)20000) /* about what a slice of 200 us gets */

/* Texts of 10 and of 20 million bytes that every script finds. */
#define BIG                                    \
  "(var ten (\"abcdefghij\" .repeat 1000000))" \
  "(var t20 (\"abcdefghij\" .repeat 2000000))"
#define INTS  "(var ints ((1 .. 2000000) .to_array))"
#define BYTES BIG "(var bytes (t20 .to_bytes))"

static const struct {
  const char *name, *source;
} scripts[] = {
    {"repeat", "((\"x\" .repeat 30000000) .size)"},
    {"repeat some", "((\"xyz\" .repeat 10000000) .size)"},
    {"repeat large", BIG "((ten .repeat 3) .size)"},
    {"pad_left", "((\"x\" .pad_left 30000000) .size)"},
    {"pad_right", "((\"x\" .pad_right 30000000 \"yz\") .size)"},
    {"pad large", BIG "((t20 .pad_right 30000000) .size)"},
    {"append", BIG "((t20 .append ten) .size)"},
    {"append one", BIG "((t20 .append \"x\") .size)"},
    {"append slice", BIG "(((t20 .slice 5 15000000) .append ten) .size)"},
    {"concat", BIG "((t20 ++ ten) .size)"},
    {"concat one", BIG "((\"x\" ++ t20) .size)"},
    {"interpolate", BIG "(#\"<#{t20}>\" .size)"},
    {"interpolate arr", BIG "(#\"<#{[t20]}>\" .size)"},
    {"new String", BIG "((new String t20 ten) .size)"},
    {"to_s", BIG "((t20 .to_s) .size)"},
    {"inspect", BIG "((t20 .inspect) .size)"},
    {"array to_s", BIG "(([t20] .to_s) .size)"},
    {"array join", BIG "(([ten ten ten] .join \",\") .size)"},
    {"substr", BIG "((t20 .substr 1 19000000) .size)"},
    {"slice", BIG "((t20 .slice 1 19000000) .size)"},
    {"slice inline", BIG "(((t20 .to_bytes) .slice 1 19000000) .size)"},
    {"trim", "(var s #\" #{(\"x\" .repeat 20000000)} \")((s .trim) .size)"},
    {"upper", BIG "((t20 .upper) .size)"},
    {"reverse", BIG "((t20 .reverse) .size)"},
    {"chars", BIG "(((ten .slice 0 1500000) .chars) .size)"},
    {"split", BIG "((t20 .split \"j\" 20000) .size)"},
    {"split one", BIG "((t20 .split \"zz\") .size)"},
    {"lines one", BIG "((t20 .lines) .size)"},
    {"replace", BIG "((t20 .replace \"j\" \"x\") .size)"},
    {"replace_all", BIG "((t20 .replace_all \"j\" \"x\") .size)"},
    {"replace_all one", "(var s (\"x\" .repeat 20000000))"
                        "(var t (s ++ \"y\"))((t .replace_all \"y\" \"z\") "
                        ".size)"},
    {"regex replace", BIG "((t20 .replace_all #/[aeiou]/ \"<\\\\0>\") .size)"},
    {"regex function", BIG "((ten .replace_all #/j/ (fn [m] m/start)) .size)"},
    {"regex scan", BIG "((ten .scan #/[a-e]+/) .size)"},
    {"regex split", BIG "((ten .split #/e|j/) .size)"},
    {"regex none", BIG "(t20 .match? #/[b-i]{9}/)"},
    {"regex whole", BIG "((t20 .find #/.*/m) .size)"},
    {"regex run", BIG "(try (t20 .find #/[a-j]+/) catch * 1)"},
    {"regex line", BIG "(try (t20 .find #/.+/) catch * 1)"},
    {"regex runs", BIG "(try (t20 .find #/[a-j]{1000,}z/) catch * 1)"},
    {"regex square", BIG "(try (t20 .find #/[a-j]*+z/) catch * 1)"},
    {"regex power", "(try ((\"a\" .repeat 50) .find #/(a+)+[bc]/) catch * 1)"},
    {"regex far", "(var s (\"a\" .repeat 59999))"
                  "(try (s .find #/(?:a{60000}|a)*[bc]/) catch * 1)"},
    {"regex back", "(var s (\"a\" .repeat 500000))"
                   "(try (s .find #/(a*)b?\\1c/) catch * 1)"},
    {"regex look", "(var s (\"a\" .repeat 50000))"
                   "(try (s .find #/(?=a*+b)|(?=a*+c)|(?=a*+d)/) catch * 1)"},
    {"regex any", "(var s (\"ab\" .repeat 500000))"
                  "(try (s .find #/(?:a|b|ab)*c/) catch * 1)"},
    {"regex rindex", BIG "(t20 .rindex #/[b-i]{9}/)"},
    {"regex wide", "(var s (\"éa\" .repeat 5000000))"
                   "(s .index #/[a-z]$/)"},
    {"size", "(var s (\"é\" .repeat 15000000))(s .size)"},
    {"char_at", "(var s (\"é\" .repeat 15000000))(s .char_at 14000000)"},
    {"index", BIG "(t20 .index \"zz\")"},
    {"starts_with", BIG "(var u (t20 ++ \"x\"))(u .starts_with t20)"},
    {"ends_with", BIG "(var u (\"x\" ++ t20))(u .ends_with t20)"},
    {"==", BIG "(var u (\"abcdefghij\" .repeat 2000000))(t20 == u)"},
    {"<", BIG "(var u (\"abcdefghij\" .repeat 2000000))(t20 < u)"},
    {"hash", BIG "(var h {{}})(h .set t20 1)(h .get t20)"},
    {"map key", BIG "(var h {})(h .set t20 1)(h .get t20)"},
    {"to_symbol", BIG "((t20 .to_symbol) .name) 1"},
    {"to_i", "((\" \" .repeat 20000000) .to_i)"},
    {"base64", BIG "((base64 t20) .size)"},
    {"base64_decode", BIG "((base64_decode (base64 t20)) .size)"},
    {"hex", BIG "((gene/hex_encode ten) .size)"},
    {"hex_decode", BIG "((gene/hex_decode (gene/hex_encode ten)) .size)"},
    {"url_encode", BIG "((gene/url_encode ten) .size)"},
    {"url_decode", BIG "((gene/url_decode t20) .size)"},
    {"url_parse", BIG "(gene/url_parse t20) 1"},
    {"sha256", BIG "(gene/sha256 t20)"},
    {"to_bytes", BIG "((t20 .to_bytes) .size)"},
    {"byteslice", BIG "((t20 .byteslice 1 19000000) .size)"},
    {"each_byte", BIG "(((ten .slice 0 3000000) .each_byte) .size)"},
    {"bytes to_string", BYTES "((bytes .to_string) .size)"},
    {"bytes concat", BIG "(var b (ten .to_bytes))((b .concat b) .size)"},
    {"bytes and", BIG "(var b (t20 .to_bytes))((b .bit_and b) .size)"},
    {"bytes &&", BIG "(var b (t20 .to_bytes))((b && b) .size)"},
    {"bytes shl", BYTES "((bytes << 3) .size)"},
    {"bytes not", BYTES "((bytes .bit_not) .size)"},
    {"bytes !", BYTES "((! bytes) .size)"},
    {"bytes ==", BYTES "(var b (t20 .to_bytes))(b == bytes)"},
    {"bytes hash", BYTES "(var h {{}})(h .set bytes 1) 1"},
    {"bytes to_s", BIG "((((ten .slice 0 5000000) .to_bytes) .to_s) .size)"},
    {"from_array", "(var a ((0 .. 1500000) .to_array))"
                   "((Bytes/from_array (a .map (fn [x] 1))) .size)"},
    {"to_array", BIG "((((ten .slice 0 3000000) .to_bytes) .to_array) .size)"},
    {"print", BIG "(print t20)"},
    {"throw", BIG "(throw t20)"},
    {"json", BIG "((gene/json/stringify t20) .size)"},
    {"json parse", BIG "((gene/json/parse #\"\\\"#{t20}\\\"\") .size)"},
    {"result", BIG "t20"},
    {"parse number", "(var s (\"1\" .repeat 30000000))"
                     "(try ($parse s) catch * 1)"},
    {"Date/parse", "(var s (\"1\" .repeat 30000000))"
                   "(try (Date/parse s) catch * 1)"},
    {"array dup", INTS "((ints .dup) .size)"},
    {"array reverse", INTS "((ints .reverse) .size)"},
    {"array concat", INTS "((ints .concat ints) .size)"},
    {"array shuffle", INTS "((ints .shuffle) .size)"},
    {"array sort", INTS "((ints .sort) .size)"},
    {"array sort_by", INTS "((ints .sort_by (fn [x] (- x))) .size)"},
    {"collect", BIG "(for i in (0 .. 100000) [i]) 1"},
};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static gene_context_t *create(gene_core_t *core, const char *source) {
  static const gene_context_options_t options = {
      .limits = {.memory_bytes = (uint64_t)256 << 20, .fuel = UINT64_MAX / 2}};
  gene_program_t *program;
  gene_compile_error_t error;
  if (gene_program_load(core, source, strlen(source), &program, &error) != 0) {
    fprintf(stderr, "bench_hold: %s\n", error.message);
    exit(EXIT_FAILURE);
  }
  gene_context_t *context = gene_context_create(core, program, &options);
  gene_program_release(program);
  return context;
}

static void measure(gene_core_t *core, const char *name, const char *source) {
  gene_context_t *context = create(core, source);
  gene_result_t result;
  double longest = 0, from;
  unsigned slices = 0;
  int status;
  if (context == NULL) {
    fprintf(stderr, "bench_hold: no context\n");
    exit(EXIT_FAILURE);
  }
  do {
    from = now_ms();
    status = gene_context_run(context, FUEL);
    double took = now_ms() - from;
    longest = took > longest ? took : longest;
    slices++;
  } while (status == GENE_RUN_MORE);
  gene_context_result(context, &result);
  from = now_ms();
  gene_context_destroy(context);
  printf("%-16s longest %7.2f ms of %5u slices, end %5.2f ms%s\n", name,
         longest, slices, now_ms() - from,
         result.status == GENE_SUCCESS ? "" : ", failed");
}

int main(int argc, char **argv) {
  const gene_core_options_t options = {0};
  gene_core_t *core = gene_core_create(&options);
  if (core == NULL)
    return EXIT_FAILURE;
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
    if (argc < 2 || strstr(scripts[i].name, argv[1]) != NULL)
      measure(core, scripts[i].name, scripts[i].source);
  gene_core_destroy(core);
  return EXIT_SUCCESS;
}
