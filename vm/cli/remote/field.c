/*
 * field.c - reads JSON that may be anything.
 */
#include "cli/remote/field.h"

#include <stdlib.h>
#include <string.h>

gene_text_t field_text(const json_t *object, const char *name) {
  const json_t *value = json_object_get(object, name);
  if (!json_is_string(value))
    return (gene_text_t){NULL, 0};
  return (gene_text_t){json_string_value(value), json_string_length(value)};
}

uint64_t field_u64(const json_t *object, const char *name) {
  json_int_t n = json_integer_value(json_object_get(object, name));
  return n < 0 ? 0 : (uint64_t)n;
}

uint32_t field_u32(const json_t *object, const char *name) {
  uint64_t n = field_u64(object, name);
  return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

json_t *field_object(const char *text, size_t len) {
  json_t *json =
      text != NULL ? json_loadb(text, len, JSON_ALLOW_NUL, NULL) : NULL;
  if (json_is_object(json))
    return json;
  json_decref(json);
  return NULL;
}

bool field_is_id(gene_text_t t) {
  static const char letters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return t.ptr != NULL && t.len > 2 && t.len < FIELD_ID_MAX &&
         memcmp(t.ptr, "f_", 2) == 0 && strspn(t.ptr, letters) == t.len;
}

bool field_is_future(const json_t *json) {
  return field_is_id(field_text(json, "id")) &&
         field_text(json, "status").ptr != NULL;
}

bool field_status_is(const json_t *future, const char *status) {
  gene_text_t text = field_text(future, "status");
  return text.ptr != NULL && strcmp(text.ptr, status) == 0;
}

double field_fraction(const json_t *progress) {
  const json_t *fraction = json_object_get(progress, "fraction");
  return json_is_number(fraction) ? json_number_value(fraction) : -1;
}

char *field_report(const json_t *progress) {
  const json_t *value = json_object_get(progress, "value");
  gene_text_t message = field_text(progress, "message");
  if (message.ptr != NULL)
    return strdup(message.ptr);
  return value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)
                       : NULL;
}
