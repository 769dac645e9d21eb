/*
 * keys_file.c - reads the file of keys. See keys.h for what is in it.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/config_table.h"
#include "server/keys_internal.h"
#include "server/lines.h"
#include "server/nearest.h"

struct reader {
  const char *path;
  unsigned line;
  struct key_file *file;
  struct key *key; /* of the line, in the making */
  bool has_hash;
  struct config_faults *faults;
};

/* Tells what is wrong in the line; always false. */
__attribute__((format(printf, 2, 3))) static bool
complain(const struct reader *r, const char *format, ...) {
  char text[512];
  va_list args;

  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  config_fault(r->faults, "%.400s:%u: %s", r->path, r->line, text);
  return false;
}

/* ---- settings of a key -------------------------------------------------- */

static bool take_hash(struct reader *r, const char *value) {
  r->has_hash = key_hash_read(value, r->key->hash);
  return r->has_hash ||
         complain(r, "sha256: '%.80s' is not 64 hexadecimal digits", value);
}

static bool add_database(struct reader *r, const char *name) {
  struct grants *grants = &r->key->grants;
  size_t have = grants->databases == NULL ? 0 : strlen(grants->databases);
  char *all;

  if (!key_name_is_good(name))
    return complain(r, "grants: 'db:%.80s' does not name a database", name);
  all = realloc(grants->databases, have + strlen(name) + 2);
  if (all == NULL)
    return complain(r, "grants: there is no memory");
  if (have > 0)
    all[have++] = ',';
  strcpy(all + have, name);
  grants->databases = all;
  return true;
}

static bool take_grant(struct reader *r, const char *name) {
  struct grants *grants = &r->key->grants;

  if (strcmp(name, "fs") == 0)
    grants->capabilities |= GENE_CAP_FS;
  else if (strcmp(name, "net") == 0)
    grants->capabilities |= GENE_CAP_NET;
  else if (strcmp(name, "env") == 0)
    grants->capabilities |= GENE_CAP_ENV;
  else if (strncmp(name, "db:", 3) == 0)
    return add_database(r, name + 3);
  else if (strcmp(name, "process") == 0)
    return complain(r, "grants: process is never granted");
  else
    return complain(r, "grants: '%.80s' is not one of fs, net, env, db:NAME",
                    name);
  return true;
}

static bool take_grants(struct reader *r, char *value) {
  char *rest = value, *name;

  while ((name = strsep(&rest, ",")) != NULL)
    if (!take_grant(r, name))
      return false;
  return true;
}

/* What is a number; a setting of the service says what that may be. */
static const struct {
  const char *name, *setting;
  size_t field;
} caps[] = {
    {"max-wall", "max-wall", offsetof(struct grants, max_wall)},
    {"max-fuel", "max-fuel", offsetof(struct grants, max_fuel)},
    {"max-memory", "max-memory", offsetof(struct grants, max_memory)},
    {"max-output", "max-output", offsetof(struct grants, max_output)},
    {"rate", "anonymous-rate", offsetof(struct grants, quota.rate_ns)},
    {"burst", "anonymous-burst", offsetof(struct grants, quota.burst)},
    {"concurrency", "anonymous-concurrency",
     offsetof(struct grants, quota.concurrency)},
    {"fuel-rate", "anonymous-fuel-rate",
     offsetof(struct grants, quota.fuel_rate)},
};
#define CAPS (sizeof caps / sizeof *caps)

static bool take_cap(struct reader *r, size_t which, const char *value) {
  const char *name = caps[which].name;
  const char *like = caps[which].setting;
  const struct setting *setting = config_at(config_find(like, strlen(like)));
  uint64_t *cap =
      (uint64_t *)(void *)((char *)&r->key->grants + caps[which].field);
  char why[160];

  return config_take_number(setting, value, cap, why, sizeof why) ||
         complain(r, "%s: %s", name, why);
}

static bool refuse_word(struct reader *r, const char *name) {
  struct nearest search = {.name = name, .len = strlen(name)};

  nearest_look(&search, "sha256");
  nearest_look(&search, "grants");
  for (size_t i = 0; i < CAPS; i++)
    nearest_look(&search, caps[i].name);
  if (search.found != NULL)
    return complain(r, "'%.80s': a key has no such setting; did you mean %s?",
                    name, search.found);
  return complain(r, "'%.80s': a key has no such setting", name);
}

/* One NAME=VALUE. */
static bool take_word(struct reader *r, char *word) {
  char *value = strchr(word, '=');

  if (value == NULL)
    return complain(r, "'%.80s' is not NAME=VALUE", word);
  *value++ = '\0';
  if (strcmp(word, "sha256") == 0)
    return take_hash(r, value);
  if (strcmp(word, "grants") == 0)
    return take_grants(r, value);
  for (size_t i = 0; i < CAPS; i++)
    if (strcmp(word, caps[i].name) == 0)
      return take_cap(r, i, value);
  return refuse_word(r, word);
}

/* ---- keys --------------------------------------------------------------- */

static void clear(struct key *key) {
  free(key->name);
  free(key->grants.databases);
  *key = (struct key){0};
}

/* Room for one more; NULL: no memory, or too many. */
static struct key *next_key(struct reader *r) {
  struct key_file *file = r->file;
  size_t cap = file->cap == 0 ? 16 : file->cap * 2;
  struct key *key;

  if (file->len == KEYS_MAX)
    return NULL;
  if (file->len == file->cap) {
    key = realloc(file->key, cap * sizeof *key);
    if (key == NULL)
      return NULL;
    file->key = key;
    file->cap = cap;
  }
  key = &file->key[file->len];
  *key = (struct key){.line = r->line};
  return key;
}

static bool take_name(struct reader *r, const char *name) {
  if (!key_name_is_good(name))
    return complain(r,
                    "'%.80s' is no name of a key: up to %d letters, digits "
                    "and . _ -",
                    name, KEY_NAME_MAX);
  r->key->name = strdup(name);
  return r->key->name != NULL || complain(r, "there is no memory");
}

static void read_line(struct reader *r, char *line) {
  char *rest = line, *word;
  bool good = true;

  r->has_hash = false;
  r->key = next_key(r);
  if (r->key == NULL) {
    complain(r, "there is no memory, or there are more than %d keys", KEYS_MAX);
    return;
  }
  good = take_name(r, strsep(&rest, " \t"));
  while ((word = strsep(&rest, " \t")) != NULL)
    if (*word != '\0')
      good &= take_word(r, word);
  if (good && !r->has_hash)
    good = complain(r, "sha256: the hash of the token is missing; see "
                       "--new-key");
  if (good)
    r->file->len++;
  else
    clear(r->key);
}

/* ---- the whole ---------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
  const struct key *const *left = a, *const *right = b;
  int order = strcmp((*left)->name, (*right)->name);

  return order != 0 ? order : (*left)->line < (*right)->line ? -1 : 1;
}

static void check_names(struct reader *r) {
  const struct key_file *file = r->file;
  const struct key **sorted = calloc(file->len + 1, sizeof *sorted);

  if (sorted == NULL) {
    complain(r, "there is no memory");
    return;
  }
  for (size_t i = 0; i < file->len; i++)
    sorted[i] = &file->key[i];
  qsort(sorted, file->len, sizeof *sorted, by_name);
  for (size_t i = 1; i < file->len; i++) {
    r->line = sorted[i]->line;
    if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
      complain(r, "%s: line %u has a key of that name already", sorted[i]->name,
               sorted[i - 1]->line);
  }
  free(sorted);
}

/* Puts all keys into the table of hashes; tells of a token that two have. */
static void index_keys(struct reader *r) {
  struct key_file *file = r->file;

  file->slots = 16;
  while (file->slots < file->len * 2)
    file->slots *= 2;
  file->slot = calloc(file->slots, sizeof *file->slot);
  if (file->slot == NULL) {
    complain(r, "there is no memory");
    return;
  }
  for (size_t i = 0; i < file->len; i++) {
    struct key *key = &file->key[i], *other = key_find(file, key->hash);
    size_t at = key_slot(file, key->hash);

    r->line = key->line;
    if (other != NULL)
      complain(r, "%s: line %u has the same token", key->name, other->line);
    while (file->slot[at] != 0)
      at = (at + 1) & (file->slots - 1);
    file->slot[at] = (uint32_t)i + 1;
  }
}

static void look_around(const struct reader *r,
                        struct config_faults *warnings) {
  struct stat stat_of;

  if (r->file->len == 0)
    config_fault(warnings, "keys: '%.400s' holds no key, so nobody is served",
                 r->path);
  if (stat(r->path, &stat_of) == 0 && (stat_of.st_mode & 077) != 0)
    config_fault(warnings,
                 "keys: '%.400s' is open to others (mode %04o); chmod 600",
                 r->path, (unsigned)(stat_of.st_mode & 07777));
}

struct key_file *keys_read(const char *path, struct config_faults *faults,
                           struct config_faults *warnings) {
  struct reader r = {.path = path, .faults = faults};
  size_t before = faults->len;
  struct lines lines;
  const char *why;
  char *line;

  if (!lines_load(&lines, path, &why)) {
    config_fault(faults, "keys: '%.400s' can't be read: %s", path, why);
    return NULL;
  }
  r.file = calloc(1, sizeof *r.file);
  while (r.file != NULL && (line = lines_next(&lines)) != NULL) {
    r.line = lines.number;
    read_line(&r, line);
  }
  lines_free(&lines);
  if (r.file == NULL) {
    config_fault(faults, "keys: there is no memory");
    return NULL;
  }
  check_names(&r);
  index_keys(&r);
  look_around(&r, warnings);
  if (faults->len == before)
    return r.file;
  keys_drop(r.file);
  return NULL;
}

void keys_drop(struct key_file *file) {
  if (file == NULL)
    return;
  for (size_t i = 0; i < file->len; i++)
    clear(&file->key[i]);
  free(file->key);
  free(file->slot);
  free(file);
}
