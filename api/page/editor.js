// editor.js: the editor, and the marks it has on lines. All that is known of
// CodeMirror is here and in gene-mode.js.

/* global CodeMirror */
import { make } from "./dom.js";
import { defineGene } from "./gene-mode.js";

defineGene(CodeMirror);

const OPTIONS = {
  mode: "gene",
  theme: "gene",
  lineNumbers: true,
  matchBrackets: true,
  autoCloseBrackets: true,
  indentUnit: 2,
  tabSize: 2,
  indentWithTabs: false,
  viewportMargin: 40,
  screenReaderLabel: "Gene script",
};

// A Tab leaves the editor, as from any other field; Enter indents by itself.
const KEYS = { Tab: false, "Shift-Tab": false, "Ctrl-/": "toggleComment",
               "Cmd-/": "toggleComment" };

// UTF-16 units before the character with this number, from 1.
export function unitsBefore(text, column) {
  return [...text].slice(0, Math.max(column - 1, 0)).join("").length;
}

export class Editor {
  #error = null;
  #picked = null;

  constructor(root, onChange) {
    this.cm = CodeMirror(root, { ...OPTIONS, extraKeys: KEYS });
    this.cm.on("change", () => {
      this.clearError();
      this.clearPick();
      onChange();
    });
    const narrow = matchMedia("(max-width: 700px)");
    const fit = () => this.cm.setOption("lineWrapping", narrow.matches);
    narrow.addEventListener("change", fit);
    fit();
  }

  get text() {
    return this.cm.getValue();
  }

  set text(script) {
    this.cm.setValue(script);
  }

  focus() {
    this.cm.focus();
  }

  // Shows a line that something else is about, and goes there.
  pick(line, column) {
    this.clearPick();
    if (line > this.cm.lineCount())
      return;
    const handle = this.cm.addLineClass(line - 1, "wrap", "line-picked");
    this.#picked = handle;
    const ch = unitsBefore(this.cm.getLine(line - 1), column ?? 1);
    this.cm.setCursor({ line: line - 1, ch });
    this.cm.scrollIntoView({ line: line - 1, ch }, 60);
    this.cm.getWrapperElement().scrollIntoView({ block: "nearest" });
  }

  clearPick() {
    if (this.#picked)
      this.cm.removeLineClass(this.#picked, "wrap", "line-picked");
    this.#picked = null;
  }

  // Marks the place of an error: the line, the form there, a caret below with
  // the message. cancelled: it is no mistake.
  markError(line, column, message, cancelled = false) {
    this.clearError();
    if (line < 1 || line > this.cm.lineCount())
      return;
    const text = this.cm.getLine(line - 1);
    const ch = Math.min(unitsBefore(text, column), text.length);
    const kind = cancelled ? "as-cancelled" : "as-failure";
    this.#error = {
      kind,
      line: this.cm.addLineClass(line - 1, "wrap", `line-error ${kind}`),
      mark: this.cm.markText({ line: line - 1, ch },
        this.#formEnd({ line: line - 1, ch }),
        { className: "mark-error" }),
      widget: this.cm.addLineWidget(line - 1, note(text, ch, message, kind),
        { noHScroll: true }),
    };
    this.cm.scrollIntoView({ line: line - 1, ch }, 80);
  }

  // Where the form that begins there ends, in the same line.
  #formEnd({ line, ch }) {
    const token = this.cm.getTokenAt({ line, ch: ch + 1 });
    const found = this.cm.findMatchingBracket({ line, ch: ch + 1 });
    if (!found?.match || !found.forward)
      return { line, ch: Math.max(token.end, ch + 1) };
    const last = found.to.line === line ? found.to.ch + 1
      : this.cm.getLine(line).length;
    return { line, ch: last };
  }

  clearError() {
    if (!this.#error)
      return;
    this.cm.removeLineClass(this.#error.line, "wrap",
      `line-error ${this.#error.kind}`);
    this.#error.mark.clear();
    this.#error.widget.clear();
    this.#error = null;
  }
}

// A caret below the place, which is moved along by what stands before it.
function note(text, ch, message, kind) {
  const before = text.slice(0, ch).replace(/[^\t]/gu, " ");
  return make("div", { class: `note ${kind}`, role: "note" },
    make("pre", { class: "caret", "aria-hidden": "true" }, `${before}^`),
    make("p", {}, message));
}
