/*
 * reference.c - the rows of all tables as one list of entries, and its text.
 * It documents nothing itself.
 */
#include "lib/reference.h"

#include <stdlib.h>
#include <string.h>

#include "compile/compiler.h"
#include "core/nearest.h"
#include "lib/tables.h"

#define NAME_MAX_BYTES 80
#define NEAR_MAX       3

typedef struct entry {
  char name[NAME_MAX_BYTES]; /* "gene/sleep", "String.split", "if" */
  const char *section;       /* class, or one of those below */
  const char *signature, *doc;
  const gn_native_def *row; /* NULL: a form or a constant */
} entry;

typedef struct list {
  entry *items;
  size_t n, cap;
  bool failed;
} list;

static const char forms_section[] = "Special forms";
static const char class_forms_section[] = "Forms of a class body";
static const char functions_section[] = "Functions";
static const char operators_section[] = "Operators";
static const char constants_section[] = "Constants";

static const char *const class_names[] = {
#define CLASS(id, name) name,
    GN_BUILTIN_CLASSES(CLASS)
#undef CLASS
        "Exception"};

/* ---- the list ---- */

static entry *add(list *l) {
  if (l->n == l->cap) {
    size_t cap = l->cap ? 2 * l->cap : 512;
    entry *items = realloc(l->items, cap * sizeof *items);
    if (!items) {
      l->failed = true;
      return NULL;
    }
    l->items = items;
    l->cap = cap;
  }
  return &l->items[l->n++];
}

static void add_row(list *l, const char *cls, const gn_native_def *row) {
  entry *e = add(l);
  if (!e)
    return;
  bool is_operator = !cls && strchr("+-*/%=!<>&|", row->name[0]);
  *e = (entry){.section = cls           ? cls
                          : is_operator ? operators_section
                                        : functions_section,
               .signature = row->signature,
               .doc = row->doc,
               .row = row};
  snprintf(e->name, sizeof e->name, "%s%s%s", cls ? cls : "", cls ? "." : "",
           row->name);
}

static void add_forms(list *l) {
  for (const gn_form_table *t = gn_form_tables; t->prefix; t++)
    for (size_t i = 0; i < t->len; i++) {
      entry *e = add(l);
      if (!e)
        return;
      bool in_class = strcmp(t->prefix, "class/") == 0;
      *e = (entry){.section = in_class ? class_forms_section : forms_section,
                   .signature = t->rows[i].signature,
                   .doc = t->rows[i].doc};
      snprintf(e->name, sizeof e->name, "%s%s", in_class ? "" : t->prefix,
               t->rows[i].name);
    }
}

static void add_constants(list *l) {
  for (const gn_builtin_const *c = gn_builtin_consts; c->name; c++) {
    entry *e = add(l);
    if (!e)
      return;
    *e = (entry){
        .section = constants_section, .signature = c->name, .doc = c->doc};
    snprintf(e->name, sizeof e->name, "%s", c->name);
  }
}

/* Sections stay together: first what belongs to no class, then the classes in
 * the order of their ids. */
static bool collect(list *l) {
  *l = (list){.items = NULL};
  add_forms(l);
  for (int id = -1; id <= GN_C_EXCEPTION; id++)
    for (const gn_builtin_table *t = gn_builtin_tables; t->rows; t++)
      for (const gn_native_def *row = t->rows; t->class_id == id && row->name;
           row++)
        add_row(l, id < 0 ? NULL : class_names[id], row);
  add_constants(l);
  if (l->failed)
    free(l->items);
  return !l->failed;
}

/* ---- one entry ---- */

/* Another name of the same builtin. */
static bool same(const entry *a, const entry *b) {
  return a->row && b->row && a->section == b->section &&
         a->row->fn == b->row->fn && a->row->min == b->row->min &&
         a->row->max == b->row->max && strcmp(a->doc, b->doc) == 0;
}

static bool is_second_name(const list *l, size_t at) {
  for (size_t i = 0; i < at; i++)
    if (same(&l->items[i], &l->items[at]))
      return true;
  return false;
}

static void write_arity(FILE *out, const gn_native_def *row) {
  if (row->max < 0 && row->min == 0)
    fputs("any number of arguments", out);
  else if (row->max < 0)
    fprintf(out, "at least %d argument%s", row->min, row->min == 1 ? "" : "s");
  else if (row->min == row->max && row->min == 0)
    fputs("no arguments", out);
  else if (row->min == row->max)
    fprintf(out, "%d argument%s", row->min, row->min == 1 ? "" : "s");
  else if (row->min == 0)
    fprintf(out, "at most %d argument%s", row->max, row->max == 1 ? "" : "s");
  else
    fprintf(out, "%d %s %d arguments", row->min,
            row->max == row->min + 1 ? "or" : "to", row->max);
  if (row->flags & GN_N_KEYWORDS)
    fputs(", keywords", out);
}

static void write_capabilities(FILE *out, uint32_t needed) {
  static const struct {
    uint32_t bit;
    const char *name;
  } names[] = {{GENE_CAP_FS, "fs"},
               {GENE_CAP_NET, "net"},
               {GENE_CAP_ENV, "env"},
               {GENE_CAP_PROCESS, "process"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (needed & names[i].bit)
      fprintf(out, "; needs %s", names[i].name);
}

static void write_entry(FILE *out, const list *l, const entry *e) {
  fprintf(out, "%s\n    %s\n    %s\n", e->name, e->signature, e->doc);
  if (!e->row)
    return;
  fputs("    [", out);
  write_arity(out, e->row);
  write_capabilities(out, e->row->capability);
  const char *also = "; also";
  for (size_t i = 0; i < l->n; i++) {
    if (&l->items[i] == e || !same(&l->items[i], e))
      continue;
    fprintf(out, "%s %s%s", also, e->row->flags & GN_N_METHOD ? "." : "",
            l->items[i].row->name);
    also = ",";
  }
  fputs("]\n", out);
}

/* ---- the page ---- */

static const char page_head[] =
    "# What there is in the language\n"
    "\n"
    "Made by `gene doc --all`: change the rows in the source, not this page.\n"
    "An argument in brackets may be left out; dots say that there may be\n"
    "more. `gene doc NAME` shows one entry.\n";

bool gn_reference_page(FILE *out) {
  list l;
  if (!collect(&l))
    return false;
  fputs(page_head, out);
  const char *section = NULL;
  static const char *const order[] = {forms_section, class_forms_section,
                                      operators_section, functions_section};
  for (size_t pass = 0; pass <= sizeof order / sizeof *order; pass++)
    for (size_t i = 0; i < l.n; i++) {
      const entry *e = &l.items[i];
      bool early = e->section == order[0] || e->section == order[1] ||
                   e->section == order[2] || e->section == order[3];
      bool now = pass < 4 ? e->section == order[pass] : !early;
      if (!now || is_second_name(&l, i))
        continue;
      if (section != e->section)
        fprintf(out, "%s\n## %s\n\n```\n", section ? "```\n" : "", e->section);
      section = e->section;
      write_entry(out, &l, e);
    }
  fputs("```\n", out);
  free(l.items);
  return true;
}

/* ---- finding ---- */

/* What stands behind the class of a method's name; NULL: it is none. */
static const char *method_of(const entry *e) {
  return e->row && e->row->flags & GN_N_METHOD ? e->row->name : NULL;
}

/* gene/io is io, and so on. */
static const char *without_gene(const char *name) {
  return strncmp(name, "gene/", 5) == 0 ? name + 5 : name;
}

static bool matches(const entry *e, const char *name, bool loosely) {
  size_t len = strlen(name);
  const char *method = method_of(e);
  if (strcmp(e->name, name) == 0)
    return true;
  if (method && name[0] == '.' && strcmp(method, name + 1) == 0)
    return true;
  if (method && strcmp(e->section, name) == 0)
    return true;
  if (!loosely)
    return false;
  if (method && strcmp(method, name) == 0)
    return true;
  if (strcmp(without_gene(e->name), without_gene(name)) == 0)
    return true;
  return strncmp(e->name, name, len) == 0 && e->name[len] == '/';
}

/* Under another name that matches too. */
static bool is_shown(const list *l, size_t at, const char *name, bool loosely) {
  for (size_t i = 0; i < at; i++)
    if (same(&l->items[i], &l->items[at]) &&
        matches(&l->items[i], name, loosely))
      return true;
  return false;
}

int gn_reference_find(FILE *out, const char *name) {
  list l;
  int found = 0;
  if (strcmp(name, "Regexp") == 0)
    name = "Regex"; /* two names of one class */
  if (!collect(&l))
    return -1;
  for (int loosely = 0; loosely < 2 && found == 0; loosely++)
    for (size_t i = 0; i < l.n; i++)
      if (matches(&l.items[i], name, loosely != 0) &&
          !is_shown(&l, i, name, loosely != 0)) {
        write_entry(out, &l, &l.items[i]);
        found++;
      }
  free(l.items);
  return found;
}

static bool is_taken(const char *const *taken, int n, const char *text) {
  for (int i = 0; i < n; i++)
    if (strcmp(taken[i], text) == 0)
      return true;
  return false;
}

static void try_new(gn_nearest *n, const char *const *taken, int count,
                    const char *text) {
  if (!is_taken(taken, count, text))
    gn_nearest_try(n, text, strlen(text));
}

int gn_reference_near(FILE *out, const char *name) {
  list l;
  const char *taken[NEAR_MAX];
  int count = 0;
  if (!collect(&l))
    return 0;
  name += name[0] == '.';
  for (; count < NEAR_MAX; count++) {
    gn_nearest n;
    gn_nearest_start(&n, name, strlen(name));
    for (size_t i = 0; i < l.n; i++) {
      const entry *e = &l.items[i];
      try_new(&n, taken, count, method_of(e) ? method_of(e) : e->name);
      try_new(&n, taken, count, e->name);
      if (method_of(e))
        try_new(&n, taken, count, e->section);
    }
    if (!n.text)
      break;
    fprintf(out, "  %s\n", n.text);
    taken[count] = n.text;
  }
  free(l.items);
  return count;
}
