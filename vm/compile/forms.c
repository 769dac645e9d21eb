/*
 * forms.c - the special forms: one row each, its name and what lowers it. A
 * form whose row says `later` is known to the language, not yet to us.
 */
#include "compile/compiler.h"
#include "core/nearest.h"

static gn_node *later(gn_comp *c, gn_gene *g) {
  char text[64];
  return gn_comp_error(c, "%s is not supported yet",
                       gn_form_text(g->type, text, sizeof text));
}

static gn_node *no_match(gn_comp *c, gn_gene *g) {
  (void)g;
  return gn_comp_error(c, "match has been removed; use (var pattern value) "
                          "for binding or (case ...) for branching");
}

static gn_node *no_macro_method(gn_comp *c, gn_gene *g) {
  char text[64];
  return gn_comp_error(c, "%s is not supported: methods cannot be macros",
                       gn_form_text(g->type, text, sizeof text));
}

/* Sorted by name (bytes). */
static const gn_form FORMS[] = {
    {"!", gn_lower_not, "(! v)", "Whether v is falsy."},
    {"$await_all", gn_lower_await_all, "($await_all [futures])",
     "Waits for everything started, or for these futures."},
    {"$caller_eval", gn_lower_caller_eval, "($caller_eval form)",
     "In a macro: evaluates form where the macro was called."},
    {"$parse", gn_lower_parse, "($parse s)",
     "The first form of source text, as data."},
    {"$render", gn_lower_render, "($render template)",
     "The template with its %forms evaluated."},
    {"$set", gn_lower_set, "($set v @path x)",
     "Sets the member of v that the path names; gives x."},
    {"$tap", gn_lower_tap, "($tap v [:name] body...)",
     "Evaluates the body with v as self; gives v."},
    {"$with", gn_lower_with, "($with v body...)",
     "Evaluates the body with v as self; gives its value."},
    {"->", gn_lower_arrow, "(a b -> body...)",
     "Function of the parameters before the arrow."},
    {"@", gn_lower_at, "(@ seg...)", "Selector of these segments."},
    {"async", gn_lower_async, "(async body...)",
     "Runs the body as a fiber; gives its Future."},
    {"await", gn_lower_await, "(await [^timeout d] future...)",
     "Waits for futures; gives the value, of several their array."},
    {"break", gn_lower_break, "(break [v])",
     "Ends the innermost loop, which gives v."},
    {"case", gn_lower_case, "(case v when p body... [else body...])",
     "The body of the first pattern that v matches."},
    {"class", gn_lower_class, "(class A [< B] body...)", "Defines a class."},
    {"comptime", later, "(comptime form...)",
     "Evaluates the forms before the program runs."},
    {"continue", gn_lower_continue, "(continue)",
     "Goes on with the next turn of the innermost loop."},
    {"do", gn_lower_do, "(do body...)",
     "Evaluates the forms in turn; gives the last value."},
    {"enum", later, "(enum E member...)", "Defines an enumeration."},
    {"eval", gn_lower_eval, "(eval form...)",
     "Evaluates data as code, in the current scope."},
    {"export", later, "(export name...)",
     "Makes names of a module visible to its importers."},
    {"fn", gn_lower_fn_form, "(fn [name] [params...] body...)",
     "Makes a function; a name binds it."},
    {"fn-interceptor", later, "(fn-interceptor Name [target] advice...)",
     "Defines an interceptor of a callable."},
    {"fnx", gn_lower_fnx, "(fnx [params...] body...)",
     "Short form of a function without a name."},
    {"fnxx", gn_lower_fnxx, "(fnxx body...)",
     "Short form of a function without parameters."},
    {"for", gn_lower_for, "(for x in v body...)",
     "Evaluates the body for each element of v."},
    {"if", gn_lower_if, "(if c a... [elif c b...] [else d...])",
     "The branch of the first true condition, else nil."},
    {"if_not", gn_lower_if_not, "(if_not c a... [else b...])",
     "The first branch when c is falsy."},
    {"ifel", gn_lower_ifel, "(ifel c a b)", "a when c is truthy, else b."},
    {"implement", later, "(implement I for T body...)",
     "Says how a type fulfils an interface."},
    {"import", later, "(import name... from module)",
     "Brings names of a module into scope."},
    {"interceptor", later, "(interceptor Name [target...] advice...)",
     "Defines an interceptor of a class's methods."},
    {"interface", later, "(interface I member...)", "Defines an interface."},
    {"let", gn_lower_let, "(let name v)",
     "Binds a name that is not assigned again."},
    {"loop", gn_lower_loop, "(loop body...)",
     "Evaluates the body until a break."},
    {"match", no_match, "(match ...)",
     "Was removed: use var with a pattern, or case."},
    {"new", gn_lower_new, "(new C args...)", "Makes an instance of a class."},
    {"not", gn_lower_not, "(not v)", "Whether v is falsy."},
    {"ns", later, "(ns name body...)", "Defines a namespace."},
    {"object", gn_lower_object, "(object Name [< C] body...)",
     "Defines a class and its single instance."},
    {"repeat", gn_lower_repeat, "(repeat n [^index i] body...)",
     "Evaluates the body n times."},
    {"return", gn_lower_return, "(return [v])",
     "Ends the function, which gives v."},
    {"super", gn_lower_super, "(super .method args...)",
     "Calls the method of the class above."},
    {"throw", gn_lower_throw, "(throw v)",
     "Throws an exception; any other value is wrapped in one."},
    {"try", gn_lower_try, "(try body... catch E handler... [finally body...])",
     "Evaluates the body and handles what it throws."},
    {"type", later, "(type Name T)", "Gives a type expression a name."},
    {"unless", gn_lower_unless, "(unless c a... [else b...])",
     "The first branch when c is falsy."},
    {"until", gn_lower_until, "(until c body...)",
     "Evaluates the body as long as c is falsy."},
    {"var", gn_lower_var, "(var name [v])",
     "Declares a variable, or several by a pattern."},
    {"when", gn_lower_when, "(when c body...)",
     "Evaluates the body when c is truthy, else gives nil."},
    {"while", gn_lower_while, "(while c body...)",
     "Evaluates the body as long as c is truthy."},
    {"yield", gn_lower_yield, "(yield v)",
     "Hands out v from a generator; gives what was sent in."},
    {"yield*", later, "(yield* v)",
     "Hands out all items of v from a generator."},
};

/* Directly in a class body. */
static const gn_form CLASS_FORMS[] = {
    {".ctor", gn_lower_ctor, "(.ctor [params...] body...)",
     "Another spelling of ctor."},
    {".fn", gn_lower_method, "(.fn name [params...] body...)",
     "Another spelling of method."},
    {".method", gn_lower_method, "(.method name [params...] body...)",
     "Another spelling of method."},
    {"ctor", gn_lower_ctor, "(ctor [params...] body...)",
     "Defines what new does with its arguments."},
    {"ctor!", no_macro_method, "(ctor! ...)",
     "Not supported: methods cannot be macros."},
    {"field", gn_lower_field, "(field name [T] [^default v])",
     "Declares a field of the instances."},
    {"implement", later, "(implement I body...)",
     "Says in a class how it fulfils an interface."},
    {"method", gn_lower_method, "(method name [params...] body...)",
     "Defines a method."},
    {"method!", no_macro_method, "(method! ...)",
     "Not supported: methods cannot be macros."},
    {"new!", no_macro_method, "(new! ...)",
     "Not supported: methods cannot be macros."},
    {"on_member_missing", gn_lower_on_missing,
     "(on_member_missing [name] body...)",
     "Gives the members that there are not."},
    {"on_method_missing", gn_lower_on_missing,
     "(on_method_missing [name args...] body...)",
     "Answers calls of methods that there are not."},
    {"static", gn_lower_static, "(static name [params...] body...)",
     "Defines a method of the class itself."},
};

/* Under gene/. */
static const gn_form PATH_FORMS[] = {
    {"defer", gn_lower_body_after_one, "(gene/defer d body...)",
     "Runs the body after the duration; gives its Future."},
    {"retry", gn_lower_body_only,
     "(gene/retry [^times n] [^backoff d] body...)",
     "Evaluates the body until it throws nothing, n times at most."},
    {"timeout", gn_lower_body_after_one, "(gene/timeout d body...)",
     "Value of the body; TimeoutException when the time is over."},
    {"wait_until", gn_lower_body_only,
     "(gene/wait_until [^timeout d] [^interval d] v)",
     "Evaluates v again and again until it is truthy."},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static int compare(const char *text, size_t len, const char *name) {
  size_t n = strlen(name);
  int d = memcmp(text, name, len < n ? len : n);
  return d ? d : (len > n) - (len < n);
}

static const gn_form *find(const gn_form *table, size_t n, gn_value symbol) {
  size_t len, low = 0;
  const char *text = gn_text(symbol, &len);
  while (low < n) {
    size_t mid = (low + n) / 2;
    int d = compare(text, len, table[mid].name);
    if (d == 0)
      return &table[mid];
    if (d < 0)
      n = mid;
    else
      low = mid + 1;
  }
  return NULL;
}

const gn_form *gn_form_find(gn_value symbol) {
  return find(FORMS, COUNT(FORMS), symbol);
}

gn_lower_fn *gn_class_body_form(gn_comp *c, gn_value head) {
  if (!c->fn->class_body)
    return NULL;
  const gn_form *f = find(CLASS_FORMS, COUNT(CLASS_FORMS), head);
  return f ? f->lower : NULL;
}

const gn_form *gn_path_form_find(gn_comp *c, gn_value csymbol) {
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(csymbol);
  if (cs->n != 2 || !gn_is_sym(cs->part[0], "gene") ||
      !gn_is_symbol(cs->part[1]))
    return NULL;
  gn_name *gene = gn_name_of(c, cs->part[0]);
  if (!gene || gn_is_variable(c, gene))
    return NULL;
  return find(PATH_FORMS, COUNT(PATH_FORMS), cs->part[1]);
}

/* ---- for the reference, and for hints ---- */

const gn_form_table gn_form_tables[] = {
    {"", FORMS, COUNT(FORMS)},
    {"gene/", PATH_FORMS, COUNT(PATH_FORMS)},
    {"class/", CLASS_FORMS, COUNT(CLASS_FORMS)},
    {NULL, NULL, 0},
};

void gn_forms_near(gn_nearest *n) {
  for (size_t i = 0; i < COUNT(FORMS); i++)
    gn_nearest_try(n, FORMS[i].name, strlen(FORMS[i].name));
}
