// mode.test.js: the colours and the indentation of gene-mode.js, fed by a
// stream such as CodeMirror has.

import assert from "node:assert/strict";
import test from "node:test";

import { geneMode, indent } from "./gene-mode.js";

class Stream {
  constructor(text) {
    this.string = text;
    this.start = this.pos = 0;
  }
  eol() { return this.pos >= this.string.length; }
  peek() { return this.string[this.pos]; }
  next() { return this.string[this.pos++]; }
  column() { return this.start; }
  current() { return this.string.slice(this.start, this.pos); }
  skipToEnd() { this.pos = this.string.length; }
  match(what, consume = true) {
    const rest = this.string.slice(this.pos);
    const found = typeof what === "string"
      ? rest.startsWith(what) && [what] : rest.match(what);
    if (found && consume)
      this.pos += found[0].length;
    return found;
  }
}

// Runs over all lines; the tokens, neighbours of one style put together, and
// the state behind them.
function read(text) {
  const state = geneMode.startState();
  const tokens = [];
  for (const line of text.split("\n")) {
    const stream = new Stream(line);
    let last = null;
    while (!stream.eol()) {
      stream.start = stream.pos;
      const style = geneMode.token(stream, state);
      assert.ok(stream.pos > stream.start, `no progress in ${line}`);
      if (style && style !== "bracket" && last?.[1] === style)
        last[0] += stream.current();
      else if (style)
        tokens.push([stream.current(), style]);
      last = style ? tokens.at(-1) : null;
    }
  }
  return { tokens, state };
}

// "a:style b:style" of what is no bracket.
function styles(text) {
  return read(text).tokens.filter(([, style]) => style !== "bracket")
    .map(([word, style]) => `${word}:${style}`).join(" ");
}

function all(text, style) {
  const found = new Set(read(text).tokens.map(([, one]) => one));
  assert.deepEqual([...found], [style], text);
}

test("comments", () => {
  for (const text of ["# x", "#!/bin/gene", "#word ( \"", "#< a\n b >#",
    "#< a #< b ># c >#", "; x", "#"])
    all(text, "comment");
  assert.equal(styles("#< a #< b >#\n1 >#2"),
    "#< a #< b >#:comment 1 >#:comment 2:number");
  assert.equal(styles("[1 ; x ]\n2]"), "1:number ; x ]:comment 2:number");
  assert.equal(styles("(a; b)"), "a:callee ;:operator b:variable");
});

test("literals", () => {
  for (const text of ["1", "-5", "+5", "1_000", "0xFF", "-0x1f", "0b101",
    "0o17", "1.5", "5.", "1e3", "1.5e-7", "2024-01-31", "10:05", "9:05:01.5Z",
    "2024-01-31T10:05Z[Europe/Oslo]", "0#a0ff", "0!1010", "0*AQID="])
    all(text, "number");
  for (const text of ["\"a\"", "\"a\\\"b\"", "\"a\nb\"", "\"\"\"a \"b\" c\"\"\"",
    "'a'", "'\\n'", "'\\u{1F600}'", "'𝄞'", "\"\"", "#r\"a\\\""])
    all(text, "string");
  for (const text of ["#/a b/", "#/a\\/b/im", "#/(\\d+)-(x)/", "#/a/b/i"])
    all(text, "string-2");
  for (const text of ["nil", "void", "true", "false", "self", "_"])
    all(text, "atom");
  assert.equal(styles("[1[2]3\"x\"]"),
    "1:number 2:number 3:number \"x\":string");
});

test("interpolation", () => {
  assert.equal(styles("#\"a #{b} c\" d"), "#\"a :string #{:string-2 bracket " +
    "b:variable }:string-2 bracket  c\":string d:variable");
  assert.equal(styles("#\"#(f #\"#{x}\")\" 1").endsWith("\":string 1:number"),
    true);
  assert.equal(styles("#\"#<no>#\\#{a}\" 1"),
    "#\":string #<no>#:comment \\#{a}\":string 1:number");
  assert.equal(styles("\"#{a}\""), "\"#{a}\":string");
  assert.equal(read("#\"\"\"a \"b\" #{c}\n\"\"\"").state.top, null);
});

test("forms and names", () => {
  assert.equal(styles("(fn f [x] x)"),
    "fn:keyword f:def x:variable x:variable");
  assert.equal(styles("(var [a] if)"), "var:keyword a:variable if:variable");
  assert.equal(styles("(if not x then 1 else 2)"), "if:keyword not:operator " +
    "x:variable then:keyword 1:number else:keyword 2:number");
  assert.equal(styles("(a .size) (println $ex/message)"), "a:callee " +
    ".size:property println:builtin $ex/message:variable-2");
  assert.equal(styles("{^a 1 ^^b ^!c ^... d}"), "^a:attribute 1:number " +
    "^^b:attribute ^!c:attribute ^...:attribute d:variable");
  assert.equal(styles("(new gene/Future) (x + Int)"), "new:keyword " +
    "gene/Future:type x:callee +:operator Int:type");
  assert.equal(styles("`(a %b) (x % 2) (x %= 2)"), "`:meta a:callee %:meta " +
    "b:variable x:callee %:operator 2:number x:callee %=:operator 2:number");
  assert.equal(styles("a#b a' a\\ b -x"), "a#b:variable a':variable " +
    "a\\ b:variable -x:variable");
});

test("brackets that do not match", () => {
  assert.deepEqual(read("(a]").tokens.at(-1), ["]", "error"]);
  assert.deepEqual(read(")").tokens, [[")", "error"]]);
  assert.equal(read("#(a #[b] #{^c d})").state.top, null);
});

test("indentation", () => {
  const after = (text, next = "") => indent(read(text).state, next);
  assert.equal(after(""), 0);
  assert.equal(after("(fn f [x]"), 2);
  assert.equal(after("(fn f [x]\n  (g {^a 1"), 6);
  assert.equal(after("(a)\n"), 0);
  assert.equal(after("  [1"), 3);
  assert.equal(after("(try\n  1", "catch *"), 0);
  assert.equal(after("(try\n  1", "catcher"), 2);
  assert.equal(after("  (a\n    1", ")"), 4);
  assert.equal(after("\"abc"), null);
});

test("whatever comes, it goes on", () => {
  const parts = ["(", ")", "[", "]", "{", "}", "\"", "#", "#\"", "#<", ">#", "'",
    "`", "%", "^", "\\", "/", ";", ",", " ", "\n", "a", "1", "0#", "#/", "@",
    "𝄞", "\"\"\"", "#{", "-", "."];
  let seed = 1;
  const random = (n) => (seed = seed * 48271 % 2147483647) % n;
  for (let i = 0; i < 3000; i++) {
    let text = "";
    for (let n = random(24); n >= 0; n--)
      text += parts[random(parts.length)];
    const { state, tokens } = read(text);
    indent(geneMode.copyState(state), "");
    assert.ok(tokens.every(([word]) => word.length > 0));
  }
});
