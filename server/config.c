/*
 * config.c - reads the settings: defaults, the file, the environment, flags,
 * each over what was there before. Every fault is told, not only the first.
 */
#include "server/config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/config_table.h"
#include "server/lines.h"

struct reader {
  struct config *config;
  struct config_faults *faults;
  enum config_source source;
  unsigned line; /* of the file */
};

/* ---- faults ------------------------------------------------------------- */

static void add_fault(struct config_faults *faults, const char *before,
                      const char *format, va_list args) {
  size_t start = faults->len;
  size_t room = sizeof faults->text - start;
  int len = snprintf(faults->text + start, room, "%s%s", start > 0 ? "\n" : "",
                     before);

  if (len >= 0 && (size_t)len < room) {
    size_t used = (size_t)len;

    len = vsnprintf(faults->text + start + used, room - used, format, args);
    if (len >= 0 && (size_t)len < room - used) {
      faults->len = start + used + (size_t)len;
      return;
    }
  }
  faults->text[start] = '\0';
}

void config_fault(struct config_faults *faults, const char *format, ...) {
  va_list args;

  va_start(args, format);
  add_fault(faults, "", format, args);
  va_end(args);
}

/* What is wrong with a setting; always false. */
__attribute__((format(printf, 3, 4))) static bool
complain(const struct reader *reader, const struct setting *setting,
         const char *format, ...) {
  char before[512], variable[64];
  va_list args;

  config_variable(setting, variable, sizeof variable);
  if (reader->source == CONFIG_FILE)
    snprintf(before, sizeof before, "%.400s:%u: %s: ", reader->config->file,
             reader->line, setting->name);
  else if (reader->source == CONFIG_VARIABLE)
    snprintf(before, sizeof before, "%s (%s): ", setting->name, variable);
  else
    snprintf(before, sizeof before, "%s: ", setting->name);
  va_start(args, format);
  add_fault(reader->faults, before, format, args);
  va_end(args);
  return false;
}

/* ---- values ------------------------------------------------------------- */

static bool take_switch(const struct reader *reader,
                        const struct setting *setting, const char *value) {
  static const char *const yes[] = {"1", "true", "on", "yes"};
  static const char *const no[] = {"0", "false", "off", "no"};
  bool *field = config_field(reader->config, setting);

  for (size_t i = 0; i < 4; i++) {
    if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
      *field = strcasecmp(value, yes[i]) == 0;
      return true;
    }
  }
  return complain(reader, setting, "'%.80s' is neither on nor off", value);
}

static bool take_level(const struct reader *reader,
                       const struct setting *setting, const char *value) {
  uint64_t *field = config_field(reader->config, setting);

  for (size_t i = 0; i < CONFIG_LEVELS; i++) {
    if (strcmp(value, config_levels[i]) == 0) {
      *field = i;
      return true;
    }
  }
  return complain(reader, setting,
                  "'%.80s' is not one of debug, info, warn, error", value);
}

bool config_take_number(const struct setting *setting, const char *value,
                        uint64_t *out, char *why, size_t size) {
  static const char *const wanted[] = {
      [UNIT_NONE] = "a number such as 1000 or 1e6",
      [UNIT_BYTES] = "a size such as 512KiB or 64MiB",
      [UNIT_MS] = "a time such as 500ms, 30s or 2m",
      [UNIT_US] = "a time such as 200us or 1ms",
      [UNIT_RATE] = "a rate such as 10/s, 600/m or 5/h",
  };
  char low[32], high[32];
  uint64_t number;

  if (!config_read_number(value, setting->unit, &number)) {
    snprintf(why, size, "'%.80s' is not %s", value, wanted[setting->unit]);
    return false;
  }
  if (number >= setting->min && number <= setting->max) {
    *out = number;
    return true;
  }
  config_write_number(setting->min, setting->unit, low, sizeof low);
  config_write_number(setting->max, setting->unit, high, sizeof high);
  snprintf(why, size, "'%.80s' is not between %s and %s", value,
           setting->unit == UNIT_RATE ? high : low,
           setting->unit == UNIT_RATE ? low : high);
  return false;
}

static bool take_number(const struct reader *reader,
                        const struct setting *setting, const char *value) {
  char why[160];

  return config_take_number(setting, value,
                            config_field(reader->config, setting), why,
                            sizeof why) ||
         complain(reader, setting, "%s", why);
}

static bool take_text(const struct reader *reader,
                      const struct setting *setting, const char *value) {
  char **field = config_field(reader->config, setting);
  char *copy;

  if (*value == '\0')
    return complain(reader, setting, "the value is empty");
  copy = strdup(value);
  if (copy == NULL)
    return complain(reader, setting, "there is no memory for it");
  free(*field);
  *field = copy;
  return true;
}

/* scheme://host[:port], as browsers write it: in small letters, no path. */
static bool is_origin(const char *text, size_t len) {
  const char *host = memchr(text, ':', len);
  size_t scheme = host == NULL ? 0 : (size_t)(host - text);

  if (len == 1 && *text == '*')
    return true;
  if (scheme == 0 || scheme + 4 > len || memcmp(host, "://", 3) != 0)
    return false;
  for (size_t i = 0; i < len; i++) {
    bool letter = text[i] >= 'a' && text[i] <= 'z';
    bool digit = text[i] >= '0' && text[i] <= '9';
    bool sign = strchr("-._:[]", text[i]) != NULL;

    if (!letter && !digit && !sign && (i < scheme || i > scheme + 2))
      return false;
  }
  return true;
}

static bool take_origins(const struct reader *reader,
                         const struct setting *setting, const char *value) {
  const char *at = value;

  while (*at != '\0') {
    size_t len = strcspn(at, ", \t");

    if (len > 0 && !is_origin(at, len))
      return complain(reader, setting,
                      "'%.*s' is not an origin such as https://example.org, "
                      "or *",
                      (int)(len < 80 ? len : 80), at);
    at += len + (at[len] != '\0');
  }
  return take_text(reader, setting, value);
}

/* Gives a setting its value and notes where that came from. */
static void take(const struct reader *reader, size_t number,
                 const char *value) {
  const struct setting *setting = config_at(number);
  bool good = false;

  switch (setting->kind) {
  case KIND_SWITCH: good = take_switch(reader, setting, value); break;
  case KIND_LEVEL: good = take_level(reader, setting, value); break;
  case KIND_NUMBER: good = take_number(reader, setting, value); break;
  case KIND_TEXT: good = take_text(reader, setting, value); break;
  case KIND_ORIGINS: good = take_origins(reader, setting, value); break;
  }
  if (!good)
    return;
  reader->config->origin[number].source = (uint8_t)reader->source;
  reader->config->origin[number].line = reader->line;
}

/* ---- where they come from ----------------------------------------------- */

static void read_presets(const struct reader *reader) {
  const struct setting *setting;

  for (size_t i = 0; (setting = config_at(i)) != NULL; i++)
    if (setting->preset != NULL)
      take(reader, i, setting->preset);
}

static void read_variables(const struct reader *reader,
                           char *(*lookup)(const char *name)) {
  const struct setting *setting;
  char variable[64];

  for (size_t i = 0; (setting = config_at(i)) != NULL; i++) {
    config_variable(setting, variable, sizeof variable);
    if (lookup(variable) != NULL)
      take(reader, i, lookup(variable));
  }
}

/* Ends the first word of a line; what follows the =, or NULL: there is none. */
static char *split(char *line) {
  char *value = strchr(line, '=');
  size_t len;

  if (value == NULL)
    return NULL;
  *value++ = '\0';
  len = strlen(line);
  while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
    line[--len] = '\0';
  return value + strspn(value, " \t");
}

static void refuse_name(const struct reader *reader, const char *name) {
  const struct setting *near = config_nearest(name, strlen(name));

  if (near != NULL)
    config_fault(reader->faults,
                 "%.400s:%u: '%.80s': no such setting; did you mean %s?",
                 reader->config->file, reader->line, name, near->name);
  else
    config_fault(reader->faults,
                 "%.400s:%u: '%.80s': no such setting; see --help",
                 reader->config->file, reader->line, name);
}

/* One line of the file. */
static void read_line(const struct reader *reader, char *line) {
  char *value = split(line);
  size_t number = config_find(line, strlen(line));
  const struct config *config = reader->config;

  if (value == NULL)
    config_fault(reader->faults, "%.400s:%u: '%.80s' is not NAME = VALUE",
                 config->file, reader->line, line);
  else if (number == SIZE_MAX)
    refuse_name(reader, line);
  else if (config_at(number)->field == offsetof(struct config, file))
    complain(reader, config_at(number), "a file can't name another one");
  else if (config->origin[number].source == CONFIG_FILE)
    complain(reader, config_at(number), "it is set in line %u already",
             config->origin[number].line);
  else
    take(reader, number, value);
}

static void read_file(struct reader *reader) {
  struct lines lines;
  const char *why;
  char *line;

  if (!lines_load(&lines, reader->config->file, &why)) {
    config_fault(reader->faults, "config: '%.400s' can't be read: %s",
                 reader->config->file, why);
    return;
  }
  reader->source = CONFIG_FILE;
  while ((line = lines_next(&lines)) != NULL) {
    reader->line = lines.number;
    read_line(reader, line);
  }
  reader->line = 0;
  lines_free(&lines);
}

/* One flag and its value. */
struct flag {
  const char *text;  /* as it was written */
  size_t number;     /* of the setting; SIZE_MAX: there is none */
  const char *value; /* NULL: it is missing */
};

/* Reads a flag; moves *at past it. False: it is none. */
static bool next_flag(int argc, char **argv, int *at, struct flag *flag) {
  const char *name = argv[(*at)++];
  size_t len;

  *flag = (struct flag){.text = name, .number = SIZE_MAX};
  if (strncmp(name, "--", 2) != 0)
    return false;
  name += 2;
  len = strcspn(name, "=");
  flag->number = config_find(name, len);
  if (flag->number == SIZE_MAX)
    return false;
  if (name[len] == '=')
    flag->value = name + len + 1;
  else if (config_at(flag->number)->kind == KIND_SWITCH)
    flag->value = "on";
  else if (*at < argc)
    flag->value = argv[(*at)++];
  return true;
}

static void refuse_flag(const struct reader *reader, const char *flag) {
  const struct setting *near = NULL;

  if (strncmp(flag, "--", 2) != 0) {
    config_fault(reader->faults, "'%.80s': not a flag; see --help", flag);
    return;
  }
  near = config_nearest(flag + 2, strcspn(flag + 2, "="));
  if (near != NULL)
    config_fault(reader->faults, "'%.80s': no such flag; did you mean --%s?",
                 flag, near->name);
  else
    config_fault(reader->faults, "'%.80s': no such flag; see --help", flag);
}

/* What stands for an action; CONFIG_RUN: nothing. */
static enum config_action action_of(const char *flag) {
  static const struct {
    const char *flag;
    enum config_action action;
  } actions[] = {
      {"--help", CONFIG_HELP},          {"-h", CONFIG_HELP},
      {"--version", CONFIG_VERSION},    {"--check-health", CONFIG_CHECK_HEALTH},
      {"--check-config", CONFIG_CHECK}, {"--new-key", CONFIG_NEW_KEY},
  };

  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
    if (strcmp(flag, actions[i].flag) == 0)
      return actions[i].action;
  return CONFIG_RUN;
}

static void read_flags(const struct reader *reader, int argc, char **argv) {
  struct flag flag;

  for (int at = 1; at < argc;) {
    if (action_of(argv[at]) != CONFIG_RUN)
      at++;
    else if (!next_flag(argc, argv, &at, &flag))
      refuse_flag(reader, flag.text);
    else if (flag.value == NULL)
      complain(reader, config_at(flag.number), "the value is missing");
    else
      take(reader, flag.number, flag.value);
  }
}

/* Whether no setting matters for it. */
static bool is_alone(enum config_action action) {
  return action == CONFIG_HELP || action == CONFIG_VERSION ||
         action == CONFIG_NEW_KEY;
}

/* The file has to be known before all others, and the action before that. */
static enum config_action find_file(const struct reader *reader, int argc,
                                    char **argv,
                                    char *(*lookup)(const char *name)) {
  const size_t file = config_find("config", 6);
  enum config_action action = CONFIG_RUN;
  const char *path = lookup("GENED_CONFIG");
  struct flag flag;

  for (int at = 1; at < argc;) {
    if (action_of(argv[at]) != CONFIG_RUN) {
      action = action_of(argv[at++]);
      if (action == CONFIG_NEW_KEY)
        reader->config->new_key = argv[at];
      if (is_alone(action))
        return action;
    } else if (next_flag(argc, argv, &at, &flag) && flag.number == file) {
      path = flag.value;
    }
  }
  if (path != NULL && *path != '\0')
    take(reader, file, path);
  return action;
}

enum config_action config_read(struct config *config, int argc, char **argv,
                               char *(*lookup)(const char *name),
                               struct config_faults *faults) {
  struct reader reader = {.config = config, .faults = faults};
  enum config_action action;

  *config = (struct config){0};
  *faults = (struct config_faults){0};
  action = find_file(&reader, argc, argv, lookup);
  if (is_alone(action))
    return action;
  read_presets(&reader);
  if (config->file != NULL)
    read_file(&reader);
  reader.source = CONFIG_VARIABLE;
  read_variables(&reader, lookup);
  reader.source = CONFIG_FLAG;
  read_flags(&reader, argc, argv);
  if ((config->tls_cert == NULL) != (config->tls_key == NULL))
    config_fault(faults, "tls-cert, tls-key: one is set without the other");
  if (action != CONFIG_CHECK_HEALTH)
    config_may_listen(config, faults);
  return action;
}

void config_free(struct config *config) {
  const struct setting *setting;

  for (size_t i = 0; (setting = config_at(i)) != NULL; i++)
    if (config_is_text(setting))
      free(*(char **)config_field(config, setting));
  *config = (struct config){0};
}

void config_misspelt(char *const *environment, struct config_faults *out) {
  for (; *environment != NULL; environment++) {
    const char *name = *environment;
    size_t len = strcspn(name, "=");
    const struct setting *near;
    char plain[64], variable[64];

    if (strncmp(name, "GENED_", 6) != 0 || len - 6 >= sizeof plain)
      continue;
    for (size_t i = 0; i <= len - 6; i++)
      plain[i] = name[6 + i] == '_' ? '-'
                 : name[6 + i] >= 'A' && name[6 + i] <= 'Z'
                     ? (char)(name[6 + i] | 32)
                     : name[6 + i];
    if (config_find(plain, len - 6) != SIZE_MAX)
      continue;
    near = config_nearest(plain, len - 6);
    if (near == NULL)
      continue;
    config_variable(near, variable, sizeof variable);
    config_fault(out, "%.*s: no such setting; did you mean %s?",
                 (int)(len < 80 ? len : 80), name, variable);
  }
}

/* ---- what follows from them --------------------------------------------- */

bool config_may_listen(const struct config *config,
                       struct config_faults *faults) {
  char host[CONFIG_HOST_SIZE];
  uint16_t port;

  if (!config_address(config->listen, host, &port)) {
    config_fault(faults, "listen: '%.80s' is not HOST:PORT or [HOST]:PORT",
                 config->listen);
    return false;
  }
  if (config->keys != NULL || config->allow_anonymous ||
      config_is_loopback(host))
    return true;
  config_fault(faults,
               "listen: '%.80s' is reachable by others; name a file of API "
               "keys (keys, GENED_KEYS), or switch on allow-anonymous "
               "(GENED_ALLOW_ANONYMOUS=1) to serve anybody there",
               config->listen);
  return false;
}

void config_fit(struct config *config, uint64_t limit) {
  if (config->memory_limit == 0)
    config->memory_limit = limit;
  if (config->max_context_bytes == 0)
    config->max_context_bytes = config->memory_limit / 4 * 3;
  if (config->keep_bytes > config->memory_limit / 8)
    config->keep_bytes = config->memory_limit / 8;
  if (config->event_bytes > config->memory_limit / 16)
    config->event_bytes = config->memory_limit / 16;
  if (config->page_pool > config->memory_limit / 8)
    config->page_pool = config->memory_limit / 8;
  if (config->program_cache > config->memory_limit / 16)
    config->program_cache = config->memory_limit / 16;
}

bool config_address(const char *listen, char *host, uint16_t *port) {
  const char *colon = strrchr(listen, ':');
  uint64_t number;
  size_t len;

  if (colon == NULL || !config_read_number(colon + 1, UNIT_NONE, &number) ||
      number > UINT16_MAX)
    return false;
  len = (size_t)(colon - listen);
  if (len >= 2 && listen[0] == '[' && listen[len - 1] == ']') {
    listen++;
    len -= 2;
  } else if (memchr(listen, ':', len) != NULL) {
    return false;
  }
  if (len == 0 || len >= CONFIG_HOST_SIZE)
    return false;
  memcpy(host, listen, len);
  host[len] = '\0';
  *port = (uint16_t)number;
  return true;
}

bool config_is_loopback(const char *host) {
  struct in_addr v4;

  if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
    return true;
  return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}
