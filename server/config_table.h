/*
 * config_table.h - the table of settings. Only config*.c include it: others
 * see struct config.
 */
#ifndef SERVER_CONFIG_TABLE_H
#define SERVER_CONFIG_TABLE_H

#include "server/config.h"
#include "server/config_value.h"

enum config_kind {
  KIND_TEXT,
  KIND_SWITCH, /* a flag alone, or 1, 0, true, false, on, off, yes, no */
  KIND_NUMBER,
  KIND_LEVEL,
  KIND_ORIGINS, /* a text: origins with commas or spaces between, or * */
};

/* Whether it can change while the service runs. */
enum config_live {
  FIXED,
  LIVE,
  LIVE_WHEN_SET, /* but not whether there is a value */
};

struct setting {
  const char *name;
  enum config_kind kind;
  enum config_unit unit;
  size_t field;       /* its place in struct config */
  const char *preset; /* NULL: unset, or what `derived` says */
  uint64_t min, max;
  const char *derived;
  const char *help;
  enum config_live live;
};

/* The settings by number, from 0 on, section by section; NULL: no more. */
const struct setting *config_at(size_t number);

/* The title of the section that begins with this number; NULL: none does. */
const char *config_title(size_t number);

/* The number of a setting; SIZE_MAX: there is none of that name. */
size_t config_find(const char *name, size_t len);

/* The setting whose name a misspelt one is most like; NULL: none is near. */
const struct setting *config_nearest(const char *name, size_t len);

/* Reads a value of a setting that is a number, within its bounds. False: *out
 * is as it was, and `why` says what is wrong; 160 bytes are enough for it. */
bool config_take_number(const struct setting *setting, const char *value,
                        uint64_t *out, char *why, size_t size);

/* GENED_MAX_BODY for max-body; size: 64 is enough for any. */
void config_variable(const struct setting *setting, char *out, size_t size);

/* Names of log levels in their order. */
#define CONFIG_LEVELS 4
extern const char *const config_levels[CONFIG_LEVELS];

/* Whether the field is a text of its own. */
static inline bool config_is_text(const struct setting *setting) {
  return setting->kind == KIND_TEXT || setting->kind == KIND_ORIGINS;
}

static inline void *config_field(struct config *config,
                                 const struct setting *setting) {
  return (char *)config + setting->field;
}

static inline const void *config_value(const struct config *config,
                                       const struct setting *setting) {
  return (const char *)config + setting->field;
}

#endif
