// gene-mode.js: a CodeMirror 5 mode for Gene: colours, indentation, comments.
// A state is the chain of what is open at a place; its links are never
// written again, so that a copy of a state is a copy of two fields.

import { builtins, constants, forms, inner, makers, operators } from
  "./words.js";

const CLOSER = { "(": ")", "[": "]", "{": "}" };
const SPACE = /^[\s,]+/;
const SYMBOL = /^(?:\\.|[^\s,;()[\]{}"`%\\])+/;
const KEY = /^\^(?:\.\.\.|(?:\\.|[^\s,;()[\]{}"`%\\])*)/;
const CHAR = /^'(?:\\u\{[0-9a-fA-F]+\}|\\u[0-9a-fA-F]{4}|\\.|[^\\'])'/u;
const REGEX = /^#\/(?:\\.|[^\\/])*\/(?:[^\s()[\]{}"/]*\/)?[im]*/;
const NUMBER = new RegExp(`^(?:${[
  String.raw`0#[0-9a-fA-F~]+`,
  String.raw`0![01~]+`,
  String.raw`0\*[A-Za-z0-9+/=~]+`,
  String.raw`\d{4}-\d\d-\d\d(?:T\d\d:\d\d[\d:.]*)?(?:Z|[+-]\d\d:\d\d)?` +
    String.raw`(?:\[[A-Za-z_/]+\])?`,
  String.raw`\d\d?:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d)?(?:\[[A-Za-z_/]+\])?`,
  String.raw`[+-]?0[xX][0-9a-fA-F_]+`,
  String.raw`[+-]?0b[01_]+`,
  String.raw`[+-]?0o[0-7_]+`,
  String.raw`[+-]?\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?`,
].join("|")})`);
const BACK = /^\s*(?:catch|finally|elif|else)(?![^\s()])/;

const start = () => ({ top: null, at: "start" });

function push(state, entry) {
  state.top = { ...entry, under: state.top, at: state.at };
  state.at = "head";
}

function pop(state) {
  state.at = state.top.at === "name" ? "rest" : state.top.at;
  if (state.at === "head")
    state.at = "rest";
  state.top = state.top.under;
}

// ---- comments and strings: they may go on in the next line -----------------

function inComment(stream, state) {
  let depth = state.top.depth;
  while (!stream.eol()) {
    if (stream.match("#<"))
      depth++;
    else if (stream.match(">#") && --depth === 0) {
      state.top = state.top.under;
      return "comment";
    } else
      stream.next();
  }
  if (depth !== state.top.depth)
    state.top = { ...state.top, depth };
  return "comment";
}

function openComment(stream, state) {
  stream.match("#<");
  state.top = { kind: "comment", depth: 1, under: state.top, at: state.at };
  return inComment(stream, state);
}

function closeString(state) {
  pop(state);
  if (state.at === "head" || state.at === "name")
    state.at = "rest";
  return "string";
}

// What #{ #( #[ begin within an interpolated string.
function openWithin(stream, state) {
  stream.next();
  const open = stream.next();
  push(state, { kind: open, column: stream.column(), within: true });
  if (open !== "(")
    state.at = "rest";
  return "string-2 bracket";
}

function inString(stream, state) {
  const { end, raw, filled } = state.top;
  if (filled && stream.match("#<", false))
    return openComment(stream, state);
  if (filled && stream.match(/^#[({[]/, false))
    return openWithin(stream, state);
  while (!stream.eol()) {
    if (stream.match(end))
      return closeString(state);
    if (filled && stream.match(/^#[({[<]/, false))
      return "string";
    if (stream.next() === "\\" && !raw)
      stream.next();
  }
  return "string";
}

function openString(stream, state, mark) {
  stream.match(mark);
  const end = mark.endsWith('"""') ? '"""' : '"';
  push(state, { kind: "string", end, raw: mark === '#r"',
                filled: mark.startsWith('#"') });
  if (!stream.eol())
    return stream.match(end) ? closeString(state) : "string";
  return "string";
}

// ---- brackets --------------------------------------------------------------

function open(stream, state, prefix) {
  if (prefix)
    stream.next();
  const column = stream.column() + (prefix ? 1 : 0);
  const kind = stream.next();
  push(state, { kind, column });
  if (kind !== "(")
    state.at = "rest";
  return "bracket";
}

function close(stream, state) {
  const char = stream.next();
  if (!state.top || CLOSER[state.top.kind] !== char)
    return "error";
  const { within } = state.top;
  pop(state);
  return within ? "string-2 bracket" : "bracket";
}

// ---- symbols ---------------------------------------------------------------

function symbolStyle(word, at) {
  if (constants.has(word))
    return "atom";
  if (operators.has(word))
    return "operator";
  if (at === "name")
    return "def";
  if (at === "head" && forms.has(word))
    return "keyword";
  if (at !== "head" && inner.has(word))
    return "keyword";
  if (word.startsWith("$"))
    return "variable-2";
  if (word.startsWith("."))
    return "property";
  if (word.startsWith("@") || word.startsWith("/"))
    return "variable-3";
  if (/^(?:[a-z_]+\/)*\p{Lu}/u.test(word))
    return "type";
  if (builtins.has(word) || word.startsWith("gene/"))
    return "builtin";
  return at === "head" ? "callee" : "variable";
}

function symbol(stream, state) {
  if (!stream.match(SYMBOL)) {
    stream.next();
    return "error";
  }
  const word = stream.current();
  const style = symbolStyle(word.replace(/:$/, ""), state.at);
  state.at = state.at === "head" && makers.has(word) ? "name" : "rest";
  return style;
}

// ---- everything else -------------------------------------------------------

function lineComment(stream) {
  stream.skipToEnd();
  return "comment";
}

function hash(stream, state) {
  for (const mark of ['#"""', '#"', '#r"'])
    if (stream.match(mark, false))
      return openString(stream, state, mark);
  if (stream.match("#<", false))
    return openComment(stream, state);
  if (stream.match(/^#[([{]/, false))
    return open(stream, state, true);
  if (stream.match(REGEX))
    return literal(state, "string-2");
  if (stream.match(/^#@\S*/))
    return "meta";
  return lineComment(stream);
}

function literal(state, style) {
  state.at = "rest";
  return style;
}

function percent(stream) {
  stream.next();
  if (stream.match("=") || stream.match(/^(?=[\s,)\]}]|$)/))
    return "operator";
  stream.match("_");
  return "meta";
}

function semicolon(stream, state) {
  if (!state.top || state.top.kind !== "(")
    return lineComment(stream);
  stream.next();
  return "operator";
}

function plain(stream, state) {
  if (stream.match(SPACE))
    return null;
  switch (stream.peek()) {
  case "(": case "[": case "{": return open(stream, state, false);
  case ")": case "]": case "}": return close(stream, state);
  case "#": return hash(stream, state);
  case ";": return semicolon(stream, state);
  case "%": return percent(stream);
  case "`": stream.next(); return "meta";
  case '"':
    return openString(stream, state, stream.match('"""', false) ? '"""' : '"');
  case "^": stream.match(KEY); return "attribute";
  }
  if (stream.match(NUMBER))
    return literal(state, "number");
  if (stream.match(CHAR))
    return literal(state, "string");
  return symbol(stream, state);
}

function token(stream, state) {
  const kind = state.top && state.top.kind;
  if (kind === "comment")
    return inComment(stream, state);
  return kind === "string" ? inString(stream, state) : plain(stream, state);
}

// Two columns for a list, one for the elements of a collection; the words that
// begin the next part of a list stand below its bracket.
export function indent(state, after) {
  const top = state.top;
  if (!top)
    return 0;
  if (top.kind === "comment" || top.kind === "string")
    return null;
  if (BACK.test(after))
    return top.column;
  return top.column + (top.kind === "(" ? 2 : 1);
}

export const geneMode = {
  startState: start,
  copyState: ({ top, at }) => ({ top, at }),
  token,
  lineComment: "#",
  blockCommentStart: "#<",
  blockCommentEnd: ">#",
  closeBrackets: { pairs: '()[]{}""', explode: "" },
  electricInput: BACK,
};

export function defineGene(CodeMirror) {
  CodeMirror.defineMode("gene", () => ({
    ...geneMode,
    indent: (state, after) => indent(state, after) ?? CodeMirror.Pass,
  }));
}
