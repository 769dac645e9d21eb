/*
 * eval_request.c - reads the JSON of POST /eval. jansson parses; this file
 * bounds the nesting before (jansson recurses), and checks every field after:
 * an unknown one is an error, not a silent loss.
 */
#include "api/eval_request.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/json_arena.h"
#include "api/json_place.h"

struct reader {
  struct eval_request *request;
  bool large; /* what the context begins with is made into one text later */
  const struct config *config;
  struct problem *problem;
  struct eval_words *words;
};

/* ---- refusals ----------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static bool
refuse(struct reader *r, const char *parent, const char *name,
       const char *format, ...) {
  va_list args;

  snprintf(r->words->field, sizeof r->words->field, "%s%s%s", parent,
           *parent == '\0' ? "" : ".", name);
  va_start(args, format);
  vsnprintf(r->words->detail, sizeof r->words->detail, format, args);
  va_end(args);
  *r->problem = (struct problem){.status = 422,
                                 .slug = "invalid-field",
                                 .title = "A field of the request is not "
                                          "what it has to be",
                                 .detail = r->words->detail,
                                 .field = r->words->field};
  return false;
}

static bool refuse_unknown(struct reader *r, const char *parent,
                           const char *name) {
  refuse(r, parent, name, "There is no such field.");
  r->problem->slug = "unknown-field";
  r->problem->title = "The request has an unknown field";
  return false;
}

static bool refuse_memory(struct reader *r) {
  *r->problem = problem_of_memory;
  return false;
}

/* What a limit is at most, before the request lowers it; 0: there is no such
 * limit. */
static uint64_t cap_of(const struct eval_request *request, const char *name) {
  const gene_limits_t *limits = &request->context.limits;

  if (strcmp(name, "wall_ms") == 0)
    return request->wall_ms;
  if (strcmp(name, "fuel") == 0)
    return limits->fuel;
  if (strcmp(name, "memory_bytes") == 0)
    return limits->memory_bytes;
  if (strcmp(name, "output_bytes") == 0)
    return limits->output_bytes;
  return strcmp(name, "stack_depth") == 0 ? limits->stack_depth : 0;
}

static void tell_cap(struct reader *r, uint64_t cap) {
  r->problem->has_limit = cap != 0;
  r->problem->limit = cap;
}

/* What jansson gives up on, as far as it is not just malformed. */
static const struct problem *kind_of(const json_error_t *error) {
  static const struct problem malformed = {
      .status = 400, .slug = "malformed-json", .title = "The body is no JSON"};
  static const struct problem twice = {
      .status = 400, .slug = "duplicate-key", .title = "A key stands twice"};
  static const struct problem number = {.status = 422,
                                        .slug = "number-out-of-range",
                                        .title = "A number is out of range"};
  static const struct problem nul = {
      .status = 422,
      .slug = "nul-in-key",
      .title = "A key holds the character U+0000",
      .detail = "Keys of the request and of its input are texts without "
                "U+0000; values may hold it."};
  static const struct problem unicode = {
      .status = 400,
      .slug = "invalid-utf-8",
      .title = "The body is not Unicode",
      .detail = "An escape stands for half of a surrogate pair."};

  switch (json_error_code(error)) {
  case json_error_out_of_memory: return &problem_of_memory;
  case json_error_numeric_overflow: return &number;
  case json_error_duplicate_key: return &twice;
  case json_error_null_byte_in_key: return &nul;
  case json_error_invalid_syntax:
    return strncmp(error->text, "invalid Unicode", 15) == 0 ? &unicode
                                                            : &malformed;
  default: return &malformed;
  }
}

static bool refuse_parse(struct reader *r, gene_text_t body,
                         const json_error_t *error) {
  struct problem *problem = r->problem;
  char *field = r->words->field;

  *problem = *kind_of(error);
  if (problem->status == problem_of_memory.status)
    return false;
  if (problem->detail == NULL) {
    snprintf(r->words->detail, sizeof r->words->detail, "%s", error->text);
    problem->detail = r->words->detail;
  }
  problem->line = error->line > 0 ? (uint64_t)error->line : 0;
  problem->column = error->column > 0 ? (uint64_t)error->column : 0;
  if (strcmp(problem->slug, "malformed-json") == 0)
    return false;
  json_place(body, (size_t)error->position, field, sizeof r->words->field);
  if (*field != '\0')
    problem->field = field;
  if (strncmp(field, "limits.", 7) == 0)
    tell_cap(r, cap_of(r->request, field + 7));
  return false;
}

/* ---- fields ------------------------------------------------------------- */

static gene_text_t text_of(const json_t *value) {
  return (gene_text_t){json_string_value(value), json_string_length(value)};
}

static bool take_text(struct reader *r, const char *name, const json_t *value,
                      gene_text_t *out) {
  if (!json_is_string(value))
    return refuse(r, "", name, "This has to be a string.");
  *out = text_of(value);
  return true;
}

static bool take_label(struct reader *r, const json_t *value) {
  if (!take_text(r, "label", value, &r->request->label))
    return false;
  if (r->request->label.len > EVAL_LABEL_MAX)
    return refuse(r, "", "label", "A label has at most %d bytes.",
                  EVAL_LABEL_MAX);
  return true;
}

static bool take_bool(struct reader *r, const char *name, const json_t *value,
                      bool *out) {
  if (!json_is_boolean(value))
    return refuse(r, "options", name, "This has to be true or false.");
  *out = json_is_true(value);
  return true;
}

static bool take_input(struct reader *r, const json_t *value) {
  char *text;

  if (r->large)
    return true;
  text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
  if (text == NULL)
    return refuse_memory(r);
  r->request->input = text;
  r->request->context.input_json = (gene_text_t){text, strlen(text)};
  return true;
}

static bool take_wait(struct reader *r, const json_t *value) {
  json_int_t ms = json_integer_value(value);

  if (!json_is_integer(value) || ms < 0)
    return refuse(r, "", "wait_ms", "This has to be a number of milliseconds.");
  r->request->has_wait = true;
  r->request->wait_ms = (uint64_t)ms;
  return true;
}

static bool take_seed(struct reader *r, const json_t *value) {
  if (!json_is_integer(value))
    return refuse(r, "", "seed", "This has to be an integer.");
  r->request->context.has_seed = true;
  r->request->context.seed = (uint64_t)json_integer_value(value);
  return true;
}

/* Reads an object of strings into an array of pairs. */
static bool take_pairs(struct reader *r, const char *field, json_t *object,
                       gene_name_text_t *out, size_t *len) {
  const char *name;
  json_t *value;

  *len = 0;
  json_object_foreach(object, name, value) {
    if (!json_is_string(value))
      return refuse(r, field, name, "This has to be a string.");
    out[*len].name = (gene_text_t){name, strlen(name)};
    out[(*len)++].text = text_of(value);
  }
  return true;
}

static bool take_maps(struct reader *r, json_t *modules, json_t *env) {
  gene_context_options_t *context = &r->request->context;
  size_t modules_len = json_object_size(modules);
  size_t len = modules_len + json_object_size(env);
  gene_name_text_t *pairs;

  if (modules != NULL && !json_is_object(modules))
    return refuse(r, "", "modules", "This has to be an object.");
  if (env != NULL && !json_is_object(env))
    return refuse(r, "", "env", "This has to be an object.");
  if (len == 0)
    return true;
  pairs = r->request->pairs = calloc(len, sizeof *pairs);
  if (pairs == NULL)
    return refuse_memory(r);
  context->modules = pairs;
  context->env = pairs + modules_len;
  return take_pairs(r, "modules", modules, pairs, &context->modules_len) &&
         take_pairs(r, "env", env, pairs + modules_len, &context->env_len);
}

/* ---- limits and options ------------------------------------------------- */

static void lower(struct eval_request *request, const char *name,
                  uint64_t number) {
  gene_limits_t *limits = &request->context.limits;

  if (strcmp(name, "wall_ms") == 0)
    request->wall_ms = number;
  else if (strcmp(name, "fuel") == 0)
    limits->fuel = number;
  else if (strcmp(name, "memory_bytes") == 0)
    limits->memory_bytes = number;
  else if (strcmp(name, "output_bytes") == 0)
    limits->output_bytes = number;
  else
    limits->stack_depth = (uint32_t)number;
}

static bool take_limit(struct reader *r, const char *name,
                       const json_t *value) {
  json_int_t number = json_integer_value(value);
  uint64_t cap = cap_of(r->request, name);

  if (cap == 0)
    return refuse_unknown(r, "limits", name);
  if (!json_is_integer(value) || number < 1) {
    refuse(r, "limits", name, "This has to be an integer from 1 to %llu.",
           (unsigned long long)cap);
    tell_cap(r, cap);
    return false;
  }
  if ((uint64_t)number > cap) {
    refuse(r, "limits", name, "%lld is more than what is allowed here, %llu.",
           (long long)number, (unsigned long long)cap);
    r->problem->slug = "limit-too-high";
    r->problem->title = "A limit is higher than allowed";
    tell_cap(r, cap);
    return false;
  }
  lower(r->request, name, (uint64_t)number);
  return true;
}

static bool take_limits(struct reader *r, json_t *object) {
  const char *name;
  json_t *value;

  if (!json_is_object(object))
    return refuse(r, "", "limits", "This has to be an object.");
  json_object_foreach(object, name, value) {
    if (!take_limit(r, name, value))
      return false;
  }
  return true;
}

static bool take_contracts(struct reader *r, const json_t *value) {
  const char *text = json_is_string(value) ? json_string_value(value) : "";

  if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
    return refuse(r, "options", "contracts",
                  "This has to be \"on\" or \"off\".");
  r->request->context.no_contracts = strcmp(text, "off") == 0;
  return true;
}

static bool take_options(struct reader *r, json_t *object) {
  gene_context_options_t *context = &r->request->context;
  const char *name;
  json_t *value;

  if (!json_is_object(object))
    return refuse(r, "", "options", "This has to be an object.");
  json_object_foreach(object, name, value) {
    bool good, type_check = true;

    if (strcmp(name, "strict_nil") == 0) {
      good = take_bool(r, name, value, &context->strict_nil);
    } else if (strcmp(name, "type_check") == 0) {
      good = take_bool(r, name, value, &type_check);
      context->no_type_check = !type_check;
    } else if (strcmp(name, "contracts") == 0) {
      good = take_contracts(r, value);
    } else {
      good = refuse_unknown(r, "options", name);
    }
    if (!good)
      return false;
  }
  return true;
}

/* ---- the whole ---------------------------------------------------------- */

static bool take_field(struct reader *r, const char *name, json_t *value) {
  if (strcmp(name, "script") == 0)
    return take_text(r, name, value, &r->request->script);
  if (strcmp(name, "input") == 0)
    return take_input(r, value);
  if (strcmp(name, "limits") == 0)
    return take_limits(r, value);
  if (strcmp(name, "options") == 0)
    return take_options(r, value);
  if (strcmp(name, "wait_ms") == 0)
    return take_wait(r, value);
  if (strcmp(name, "label") == 0)
    return take_label(r, value);
  if (strcmp(name, "seed") == 0)
    return take_seed(r, value);
  if (strcmp(name, "modules") == 0 || strcmp(name, "env") == 0)
    return true; /* both together, later */
  return refuse_unknown(r, "", name);
}

/* Whether brackets nest no deeper than max, strings left out. Text that is no
 * JSON at all may pass here; jansson refuses it then. */
static bool is_shallow(gene_text_t text, uint64_t max) {
  uint64_t depth = 0;
  bool in_string = false;

  if (text.len <= max) /* has no more brackets than that */
    return true;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];

    if (in_string) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max)
        return false;
    } else if ((c == ']' || c == '}') && depth > 0) {
      depth--;
    }
  }
  return true;
}

void eval_request_init(struct eval_request *request,
                       const struct config *config,
                       const struct account *account) {
  static const struct grants none;
  const struct grants *own = account == NULL ? &none : &account->grants;

  *request = (struct eval_request){
      .wall_ms = account_cap(config->max_wall, own->max_wall)};
  request->context.capabilities = own->capabilities;
  request->context.limits = (gene_limits_t){
      .fuel = account_cap(config->max_fuel, own->max_fuel),
      .memory_bytes = account_cap(config->max_memory, own->max_memory),
      .output_bytes = account_cap(config->max_output, own->max_output),
      .stack_depth = (uint32_t)config->max_stack_depth,
      .pending = (uint32_t)config->max_pending,
      .regex_steps = (uint32_t)config->max_regex_steps,
      .value_nesting = (uint32_t)config->max_value_nesting,
      .answer_nesting = (uint32_t)config->max_answer_nesting,
  };
}

/* A large one is read by a thread of its own and kept for long. */
static json_t *load(gene_text_t body, bool large, json_error_t *error) {
  size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;

  if (!large)
    return json_arena_load(body, flags, error);
  return json_loadb(body.len == 0 ? "" : body.ptr, body.len, flags, error);
}

static bool read_body(struct eval_request *request, bool large,
                      const struct config *config, gene_text_t body,
                      struct problem *problem, struct eval_words *words) {
  struct reader r = {request, large, config, problem, words};
  json_error_t error;
  const char *name;
  json_t *value;

  if (!is_shallow(body, config->max_nesting)) {
    snprintf(words->detail, sizeof words->detail,
             "Arrays and objects of a request may nest %llu levels.",
             (unsigned long long)config->max_nesting);
    *problem = (struct problem){.status = 400,
                                .slug = "nesting-too-deep",
                                .title = "The JSON nests too deep",
                                .detail = words->detail,
                                .has_limit = true,
                                .limit = config->max_nesting};
    return false;
  }
  request->root = load(body, large, &error);
  if (request->root == NULL)
    return refuse_parse(&r, body, &error);
  if (!json_is_object(request->root))
    return refuse(&r, "", "", "The body has to be a JSON object.");
  json_object_foreach(request->root, name, value) {
    if (!take_field(&r, name, value))
      return false;
  }
  if (json_object_get(request->root, "script") == NULL)
    return refuse(&r, "", "script", "This is needed.");
  return take_maps(&r, json_object_get(request->root, "modules"),
                   json_object_get(request->root, "env"));
}

bool eval_request_read(struct eval_request *request,
                       const struct config *config, gene_text_t body,
                       struct problem *problem, struct eval_words *words) {
  return read_body(request, false, config, body, problem, words);
}

/* ---- large ones --------------------------------------------------------- */

/* Names and texts in turn. NULL: no memory. */
static json_t *list_pairs(json_t *object) {
  json_t *list = json_array();
  const char *name;
  json_t *value;

  json_object_foreach(object, name, value) {
    if (json_array_append_new(list, json_string(name)) != 0 ||
        json_array_append(list, value) != 0) {
      json_decref(list);
      return NULL;
    }
  }
  return list;
}

/* What the context begins with, as start_json has it. False: no memory. */
static bool make_start(struct eval_request *request) {
  json_t *input = json_object_get(request->root, "input");
  json_t *env = json_object_get(request->root, "env");
  json_t *modules = json_object_get(request->root, "modules");
  json_t *all;

  if (input == NULL && env == NULL && modules == NULL)
    return true;
  all = json_array();
  if (json_array_append(all, input != NULL ? input : json_null()) == 0 &&
      json_array_append_new(all, env != NULL ? json_incref(env)
                                             : json_object()) == 0 &&
      json_array_append_new(all, list_pairs(modules)) == 0)
    request->start = json_dumps(all, JSON_COMPACT);
  json_decref(all);
  if (request->start == NULL)
    return false;
  request->context.start_json =
      (gene_text_t){request->start, strlen(request->start)};
  return true;
}

/* Copies the texts that are needed on. False: no memory. */
static bool keep_texts(struct eval_request *request) {
  size_t len = request->script.len;
  char *texts = malloc(len + request->label.len + 1);

  if (texts == NULL)
    return false;
  request->texts = texts;
  memcpy(texts, request->script.ptr, len);
  request->script.ptr = texts;
  texts[len + request->label.len] = '\0';
  if (request->label.ptr != NULL) {
    memcpy(texts + len, request->label.ptr, request->label.len);
    request->label.ptr = texts + len;
  }
  return true;
}

/* Moves a block to where the tree has been. Above it, freeing the block would
 * give all that memory back to the system, at the cost of milliseconds of the
 * loop. */
static char *move_down(char *block, size_t len) {
  char *copy = block == NULL ? NULL : malloc(len);

  if (copy == NULL)
    return block;
  memcpy(copy, block, len);
  free(block);
  return copy;
}

static void settle(struct eval_request *request) {
  size_t script = request->script.len;
  gene_text_t *start = &request->context.start_json;

  request->start = move_down(request->start, start->len + 1);
  start->ptr = request->start;
  request->texts = move_down(request->texts, script + request->label.len + 1);
  request->script.ptr = request->texts;
  if (request->label.ptr != NULL)
    request->label.ptr = request->texts + script;
}

bool eval_request_read_large(struct eval_request *request,
                             const struct config *config, gene_text_t body,
                             struct problem *problem,
                             struct eval_words *words) {
  bool good = read_body(request, true, config, body, problem, words);

  if (good && (!make_start(request) || !keep_texts(request))) {
    *problem = problem_of_memory;
    good = false;
  }
  request->context.modules = request->context.env = NULL;
  request->context.modules_len = request->context.env_len = 0;
  free(request->pairs);
  request->pairs = NULL;
  json_decref(request->root);
  request->root = NULL;
  if (good)
    settle(request);
  return good;
}

void eval_request_free(struct eval_request *request) {
  idem_abandon(request->entry);
  json_arena_drop(request->root);
  free(request->pairs);
  free(request->input);
  free(request->start);
  free(request->texts);
}
