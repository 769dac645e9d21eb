// words.js: the words of the language that the editor shows in a colour of
// their own. It knows nothing of editors.

const set = (text) => new Set(text.trim().split(/\s+/));

// Special forms: they are something only at the head of a list.
export const forms = set(`
  aspect async await break case class comptime continue ctor do enum eval
  extend field fn fnx fnxx for gene/defer gene/retry gene/timeout
  gene/wait_until if if_not ifel implement import interface interception let
  loop macro method mixin module new ns repeat return spawn super throw try
  type unless until var void when while yield yield*
  $caller_eval $parse $render $set $tap $with $await_all`);

// Words within such forms.
export const inner = set(`
  as catch elif else finally from in is of then to when extends implements
  -> =>`);

// Forms whose next symbol is a name that they define.
export const makers = set(`
  aspect class enum field fn import interface let macro method mixin module
  ns type var`);

export const constants = set("nil void true false self _ inf nan not_found");

export const builtins = set(`
  print println assert range typeof identity compose partial constantly apply
  pipe gensym min max abs sqrt floor ceil round pow random parse`);

export const operators = set(`
  + - * / % ** ++ == != < <= > >= && || &|& << >> ! not = += -= *= /= %= ++=
  **= &&= ||= <<= >>= .. ... ./ ? : | &`);
