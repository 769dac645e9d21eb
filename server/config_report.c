/*
 * config_report.c - settings for people to read: the help, those in force, and
 * what fresh ones change. Nothing is read here.
 */
#include <stdlib.h>
#include <string.h>

#include "server/config_table.h"

/* ---- help --------------------------------------------------------------- */

/* Prints text from column 26 on, broken at spaces before column 80. */
static void wrap(FILE *out, const char *text) {
  const size_t width = 52;

  while (strlen(text) > width) {
    size_t len = width;

    while (len > 0 && text[len] != ' ')
      len--;
    if (len == 0)
      len = width;
    fprintf(out, "%.*s\n%26s", (int)len, text, "");
    text += len;
    text += strspn(text, " ");
  }
  fprintf(out, "%s\n", text);
}

static void help_row(FILE *out, const struct setting *setting) {
  char text[512];

  snprintf(text, sizeof text, "%s [%s%s]", setting->help,
           setting->preset != NULL ? setting->preset : setting->derived,
           setting->live != FIXED ? "; live" : "");
  fprintf(out, "  --%-21s ", setting->name);
  wrap(out, text);
}

void config_help(FILE *out) {
  const struct setting *setting;

  fputs("gened - evaluates Gene scripts that arrive over HTTP\n\n"
        "Usage: gened [--NAME VALUE | --NAME=VALUE]...\n\n"
        "Each setting is also an environment variable: --max-body is "
        "GENED_MAX_BODY\n"
        "and a line max-body = 1MiB of the file that --config names (# begins "
        "a comment).\nA flag goes before its variable, that before the file. "
        "Defaults are in\nbrackets; SIGHUP reads the file again, for what is "
        "marked live.\n"
        "Sizes: 512KiB, 64MiB, 1GiB (or K, M, G); a number alone is bytes.\n"
        "Times: 500ms, 30s, 2m, 24h; a number alone is milliseconds, of slice\n"
        "microseconds (200us).\n",
        out);
  for (size_t i = 0; (setting = config_at(i)) != NULL; i++) {
    if (config_title(i) != NULL)
      fprintf(out, "\n%s:\n", config_title(i));
    help_row(out, setting);
  }
  fputs("\nInstead of serving:\n"
        "  --help                  print this and exit\n"
        "  --version               print the version and exit\n"
        "  --check-health          ask the service at the listen address "
        "whether it is\n"
        "                          alive; exit code 0: yes, 1: no\n"
        "  --new-key NAME          make an API key: its token goes to standard "
        "error,\n"
        "                          this once, its line for the file of keys to "
        "standard\n"
        "                          output\n"
        "  --check-config          read all settings and the files they name; "
        "tell what\n"
        "                          is wrong (exit code 2), or what is in "
        "force\n",
        out);
}

/* ---- in force ----------------------------------------------------------- */

/* Whether nothing was set, and nothing stands for it. */
static bool is_unset(const struct config *config,
                     const struct setting *setting) {
  const void *value = config_value(config, setting);

  if (config_is_text(setting))
    return *(const char *const *)value == NULL;
  return setting->kind == KIND_NUMBER && setting->preset == NULL &&
         *(const uint64_t *)value == 0;
}

static void show_value(const struct config *config,
                       const struct setting *setting, FILE *out) {
  const void *value = config_value(config, setting);
  char number[32];

  switch (setting->kind) {
  case KIND_SWITCH: fputs(*(const bool *)value ? "on" : "off", out); break;
  case KIND_LEVEL:
    fputs(config_levels[*(const uint64_t *)value % CONFIG_LEVELS], out);
    break;
  case KIND_NUMBER:
    config_write_number(*(const uint64_t *)value, setting->unit, number,
                        sizeof number);
    fputs(number, out);
    break;
  case KIND_TEXT:
  case KIND_ORIGINS: fputs(*(const char *const *)value, out); break;
  }
}

static void show_origin(const struct config *config, size_t number, FILE *out) {
  const struct setting *setting = config_at(number);
  char variable[64];

  switch (config->origin[number].source) {
  case CONFIG_FILE:
    fprintf(out, "%s:%u", config->file, config->origin[number].line);
    break;
  case CONFIG_VARIABLE:
    config_variable(setting, variable, sizeof variable);
    fputs(variable, out);
    break;
  case CONFIG_FLAG: fprintf(out, "--%s", setting->name); break;
  default:
    fprintf(out, "default%s%s", setting->derived != NULL ? ": " : "",
            setting->derived != NULL ? setting->derived : "");
  }
}

void config_show(const struct config *config, FILE *out) {
  const struct setting *setting;

  for (size_t i = 0; (setting = config_at(i)) != NULL; i++) {
    bool is_file = setting->field == offsetof(struct config, file);

    if (is_file && config->file == NULL)
      continue;
    /* So that the output can be a file again. */
    if (is_file || is_unset(config, setting))
      fputs("# ", out);
    fprintf(out, "%s = ", setting->name);
    if (!is_unset(config, setting))
      show_value(config, setting, out);
    fputs("  # ", out);
    show_origin(config, i, out);
    fputc('\n', out);
  }
}

/* ---- fresh ones --------------------------------------------------------- */

static bool is_same(const struct config *a, const struct config *b,
                    const struct setting *setting) {
  const void *left = config_value(a, setting);
  const void *right = config_value(b, setting);
  const char *text, *other;

  switch (setting->kind) {
  case KIND_SWITCH: return *(const bool *)left == *(const bool *)right;
  case KIND_LEVEL:
  case KIND_NUMBER: return *(const uint64_t *)left == *(const uint64_t *)right;
  case KIND_TEXT:
  case KIND_ORIGINS: break;
  }
  text = *(const char *const *)left;
  other = *(const char *const *)right;
  if (text == NULL || other == NULL)
    return text == other;
  return strcmp(text, other) == 0;
}

/* Gives each the other's value, so that each goes on owning its texts. */
static void swap(struct config *a, struct config *b,
                 const struct setting *setting) {
  size_t size = setting->kind == KIND_SWITCH ? sizeof(bool)
                : config_is_text(setting)    ? sizeof(char *)
                                             : sizeof(uint64_t);
  char keep[sizeof(uint64_t)];

  memcpy(keep, config_field(a, setting), size);
  memcpy(config_field(a, setting), config_field(b, setting), size);
  memcpy(config_field(b, setting), keep, size);
}

/* Whether the fresh value can come into force. */
static bool is_live(const struct config *config, const struct config *fresh,
                    const struct setting *setting) {
  return setting->live == LIVE ||
         (setting->live == LIVE_WHEN_SET && !is_unset(config, setting) &&
          !is_unset(fresh, setting));
}

void config_apply(struct config *config, struct config *fresh,
                  void (*told)(void *data, const char *name, bool changed),
                  void *data) {
  const struct setting *setting;

  for (size_t i = 0; (setting = config_at(i)) != NULL; i++) {
    bool live = is_live(config, fresh, setting);

    if (is_same(config, fresh, setting))
      continue;
    if (live) {
      swap(config, fresh, setting);
      config->origin[i] = fresh->origin[i];
    }
    told(data, setting->name, live);
  }
}
