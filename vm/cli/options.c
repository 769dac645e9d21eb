/*
 * options.c - reading the command line. Options stand before the file or code;
 * what follows belongs to the script. An option that the command can't mind is
 * an error, not ignored.
 */
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_RETRIES 4
#define DEFAULT_LIMIT   100
#define MAX_WAIT_MS     ((uint64_t)1 << 40)

static void wrong(cli_options *out, const char *what, const char *which) {
  fprintf(stderr, "gene: %s%s%s%s\nTry: gene --help\n", what,
          which != NULL ? " '" : "", which != NULL ? which : "",
          which != NULL ? "'" : "");
  out->command = CLI_WRONG;
}

static enum cli_command command_of(const char *word) {
  static const struct {
    const char *word;
    enum cli_command command;
  } words[] = {
      {"run", CLI_RUN},           {"eval", CLI_EVAL},
      {"disasm", CLI_DISASM},     {"doc", CLI_DOC},
      {"--version", CLI_VERSION}, {"-V", CLI_VERSION},
      {"--help", CLI_HELP},       {"-h", CLI_HELP},
      {"help", CLI_HELP},         {"cancel", CLI_CANCEL},
      {"watch", CLI_WATCH},       {"futures", CLI_FUTURES},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(word, words[i].word) == 0)
      return words[i].command;
  return CLI_WRONG;
}

/* ---- the options -------------------------------------------------------- */

/* What an option is good for. */
enum use {
  USE_HERE = 1,     /* run, eval, disasm on this machine */
  USE_THERE = 2,    /* run and eval by a service */
  USE_LIST = 4,     /* futures */
  USE_ID = 8,       /* cancel, watch */
  USE_SERVICE = 14, /* whatever asks a service */
};

enum kind {
  KIND_SWITCH,
  KIND_TEXT,
  KIND_COUNT,  /* from 0 */
  KIND_NUMBER, /* from 1 */
  KIND_SIZE,   /* bytes, from 1 */
  KIND_SEED,
  KIND_WAIT,
};

typedef struct option {
  const char *word;
  enum kind kind;
  unsigned use;
  void *place;
} option;

#define OPTIONS_MAX 32

typedef struct reading {
  cli_options *out;
  option options[OPTIONS_MAX];
  size_t len;
  const char *seen[OPTIONS_MAX]; /* as it was written; NULL: not given */
} reading;

static void list_options(reading *r) {
  cli_options *o = r->out;
  cli_remote *s = &o->remote;
  bool *none = NULL; /* says what is so anyway */
  const option all[] = {
      {"--sandbox", KIND_SWITCH, USE_HERE, &o->sandbox},
      {"--local", KIND_SWITCH, USE_HERE, &o->local},
      {"--strict-nil", KIND_SWITCH, USE_HERE | USE_THERE, &o->strict_nil},
      {"--no-type-check", KIND_SWITCH, USE_HERE | USE_THERE, &o->no_type_check},
      {"--contracts=off", KIND_SWITCH, USE_HERE | USE_THERE, &o->no_contracts},
      {"--contracts=on", KIND_SWITCH, USE_HERE | USE_THERE, none},
      {"--stats", KIND_SWITCH, USE_HERE | USE_THERE, &o->stats},
      {"--time", KIND_SWITCH, USE_HERE | USE_THERE, &o->stats},
      {"--input", KIND_TEXT, USE_HERE | USE_THERE, &o->input},
      {"--server", KIND_TEXT, USE_SERVICE, &s->server},
      {"--key-file", KIND_TEXT, USE_SERVICE, &s->key_file},
      {"--ca", KIND_TEXT, USE_SERVICE, &s->ca},
      {"--retries", KIND_COUNT, USE_SERVICE, &s->retries},
      {"--label", KIND_TEXT, USE_THERE | USE_LIST, &s->label},
      {"--wall-ms", KIND_NUMBER, USE_THERE, &s->wall_ms},
      {"--fuel", KIND_NUMBER, USE_THERE, &s->fuel},
      {"--memory", KIND_SIZE, USE_THERE, &s->memory_bytes},
      {"--output-bytes", KIND_SIZE, USE_THERE, &s->output_bytes},
      {"--stack-depth", KIND_NUMBER, USE_THERE, &s->stack_depth},
      {"--seed", KIND_SEED, USE_THERE, s},
      {"--wait", KIND_WAIT, USE_THERE, s},
      {"--async", KIND_SWITCH, USE_THERE, &s->async},
      {"--status", KIND_TEXT, USE_LIST, &s->status},
      {"--limit", KIND_NUMBER, USE_LIST, &s->limit},
      {"--json", KIND_SWITCH, USE_LIST, &s->json},
  };
  _Static_assert(sizeof all / sizeof *all <= OPTIONS_MAX, "too many options");
  r->len = sizeof all / sizeof *all;
  memcpy(r->options, all, sizeof all);
}

static bool read_number(const char *text, uint64_t *out, const char **end) {
  char *stop;
  if (text[0] < '0' || text[0] > '9')
    return false;
  errno = 0;
  unsigned long long n = strtoull(text, &stop, 10);
  *out = n;
  *end = stop;
  return errno == 0 && n <= INT64_MAX;
}

static bool read_count(const char *text, uint64_t *out) {
  const char *end;
  return read_number(text, out, &end) && *end == '\0';
}

/* Bytes, or with KiB, MiB or GiB. */
static bool read_size(const char *text, uint64_t *out) {
  static const char *const units[] = {"", "KiB", "MiB", "GiB"};
  const char *end;
  if (!read_number(text, out, &end))
    return false;
  for (unsigned i = 0; i < 4; i++) {
    if (strcmp(end, units[i]) != 0)
      continue;
    if (*out > (uint64_t)INT64_MAX >> (10 * i))
      return false;
    *out <<= 10 * i;
    return true;
  }
  return false;
}

static bool read_seed(const char *text, cli_remote *out) {
  char *end;
  errno = 0;
  out->seed = strtoll(text, &end, 10);
  out->has_seed = true;
  return (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) &&
         end != text && *end == '\0' && errno == 0;
}

/* Seconds, perhaps with a fraction. */
static bool read_wait(const char *text, cli_remote *out) {
  char *end;
  double seconds = strtod(text, &end);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' ||
      !(seconds * 1000 <= (double)MAX_WAIT_MS))
    return false;
  out->wait_ms = (uint64_t)(seconds * 1000);
  out->has_wait = true;
  return true;
}

static bool read_value(const option *o, const char *text) {
  uint64_t *number = o->place;
  switch (o->kind) {
  case KIND_SWITCH:
    if (o->place != NULL)
      *(bool *)o->place = true;
    return true;
  case KIND_TEXT: *(const char **)o->place = text; return true;
  case KIND_COUNT: return read_count(text, number);
  case KIND_NUMBER: return read_count(text, number) && *number > 0;
  case KIND_SIZE: return read_size(text, number) && *number > 0;
  case KIND_SEED: return read_seed(text, o->place);
  case KIND_WAIT: return read_wait(text, o->place);
  }
  return false;
}

/* The option that a word is, or is with "=VALUE". */
static size_t find_option(const reading *r, const char *word) {
  for (size_t i = 0; i < r->len; i++) {
    size_t len = strlen(r->options[i].word);
    if (strncmp(word, r->options[i].word, len) == 0 &&
        (word[len] == '\0' ||
         (word[len] == '=' && r->options[i].kind != KIND_SWITCH)))
      return i;
  }
  return r->len;
}

/* Takes the option at *at and its value. False: it is wrong, and was said. */
static bool take_option(reading *r, int argc, char **argv, int *at) {
  const char *word = argv[*at];
  size_t i = find_option(r, word);
  const option *o = &r->options[i];
  const char *value = word;
  if (i < r->len && o->kind != KIND_SWITCH) {
    const char *eq = strchr(word, '=');
    value = eq != NULL ? eq + 1 : *at + 1 < argc ? argv[++*at] : NULL;
  }
  if (i == r->len || value == NULL) {
    wrong(r->out, "no such option, or its value is missing:", word);
    return false;
  }
  r->seen[i] = o->word;
  if (read_value(o, value))
    return true;
  fprintf(stderr, "gene: %s can't be '%s'\nTry: gene --help\n", o->word, value);
  r->out->command = CLI_WRONG;
  return false;
}

/* Takes the options from argv[at] on. Returns where they end; -1: wrong. */
static int take_options(reading *r, int argc, char **argv, int at) {
  for (; at < argc; at++) {
    const char *word = argv[at];
    if (strcmp(word, "--") == 0)
      return at + 1;
    if (word[0] != '-' || word[1] == '\0')
      return at;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
      r->out->command = CLI_HELP;
      return -1;
    }
    if (!take_option(r, argc, argv, &at))
      return -1;
  }
  return at;
}

/* ---- what belongs together ---------------------------------------------- */

/* Whether a service is to do it, and which. */
static void take_server(cli_options *out) {
  bool here = out->command != CLI_FUTURES && out->command != CLI_CANCEL &&
              out->command != CLI_WATCH;
  const char *env = getenv("GENE_SERVER");
  if (out->remote.server == NULL && env != NULL && env[0] != '\0' &&
      out->command != CLI_DISASM && !(here && (out->local || out->sandbox)))
    out->remote.server = env;
  if (out->remote.server == NULL && !here)
    wrong(out, "no service is named: --server URL, or GENE_SERVER", NULL);
}

static unsigned use_of(const cli_options *out) {
  switch (out->command) {
  case CLI_FUTURES: return USE_LIST;
  case CLI_CANCEL:
  case CLI_WATCH: return USE_ID;
  case CLI_RUN:
  case CLI_EVAL: return out->remote.server != NULL ? USE_THERE : USE_HERE;
  default: return USE_HERE;
  }
}

static void check_uses(const reading *r) {
  if (r->out->command == CLI_WRONG)
    return;
  unsigned use = use_of(r->out);
  for (size_t i = 0; i < r->len; i++) {
    if (r->seen[i] == NULL || (r->options[i].use & use) != 0)
      continue;
    wrong(r->out,
          (use & (USE_LIST | USE_ID)) != 0 || r->out->command == CLI_DISASM ||
                  r->out->command == CLI_DOC
              ? "this command has no option"
          : use == USE_HERE ? "only with --server there is"
                            : "with --server there is no",
          r->seen[i]);
    return;
  }
}

static const char *missing(enum cli_command command) {
  switch (command) {
  case CLI_EVAL: return "the code is missing";
  case CLI_CANCEL:
  case CLI_WATCH: return "the id is missing";
  default: return "the file is missing";
  }
}

/* What stands behind the options. */
static void take_subject(cli_options *out, int argc, char **argv, int at) {
  if (at == argc && out->command != CLI_FUTURES) {
    wrong(out, missing(out->command), NULL);
    return;
  }
  if (out->command == CLI_FUTURES || out->command == CLI_CANCEL) {
    out->args = argv + at;
    out->args_len = (size_t)(argc - at);
  } else {
    out->subject = argv[at];
    out->args = argv + at + 1;
    out->args_len = (size_t)(argc - at - 1);
  }
  if (out->args_len == 0 || out->command == CLI_CANCEL)
    return;
  if (out->command == CLI_DISASM)
    wrong(out, "disasm takes one file, not also", out->args[0]);
  else if (out->command == CLI_WATCH)
    wrong(out, "watch takes one id, not also", out->args[0]);
  else if (out->command == CLI_FUTURES)
    wrong(out, "futures takes options alone, not", out->args[0]);
  else if (out->remote.server != NULL)
    wrong(out,
          "a service takes no arguments for a script (but --input JSON), not",
          out->args[0]);
}

/* A name may look like an option: - and -> are names. */
static void take_doc(int argc, char **argv, int at, cli_options *out) {
  if (at == argc)
    wrong(out, "the name is missing", NULL);
  else if (at + 1 < argc)
    wrong(out, "doc takes one name, not also", argv[at + 1]);
  else
    out->subject = argv[at];
}

static void take_rest(reading *r, int argc, char **argv, int at) {
  cli_options *out = r->out;
  switch (out->command) {
  case CLI_DOC:
    take_doc(argc, argv, at, out);
    check_uses(r);
    return;
  case CLI_HELP:
  case CLI_VERSION: out->remote.server = NULL; return;
  case CLI_WRONG: return;
  default: break;
  }
  at = take_options(r, argc, argv, at);
  if (at < 0)
    return;
  take_server(out);
  check_uses(r);
  if (out->command != CLI_WRONG)
    take_subject(out, argc, argv, at);
}

void cli_parse(int argc, char **argv, cli_options *out) {
  *out = (cli_options){
      .command = CLI_WRONG,
      .remote = {.retries = DEFAULT_RETRIES, .limit = DEFAULT_LIMIT}};
  reading r = {.out = out};
  list_options(&r);
  if (argc < 2) {
    wrong(out, "a command is missing", NULL);
    return;
  }
  int at = 1;
  if (command_of(argv[1]) == CLI_WRONG && argv[1][0] == '-') {
    at = take_options(&r, argc, argv, 1); /* gene --sandbox run FILE */
    if (at < 0)
      return;
    if (at == argc) {
      wrong(out, "a command is missing", NULL);
      return;
    }
  }
  out->command = command_of(argv[at]);
  if (out->command == CLI_WRONG)
    wrong(out, "no such command:", argv[at]);
  take_rest(&r, argc, argv, at + 1);
}
