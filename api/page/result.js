// result.js: shows what became of an evaluation: value, output, error, usage.

import { byId, make, show } from "./dom.js";
import { pretty } from "./json.js";
import { duration } from "./timeline.js";

const MOST = 200000; // characters of a text that are shown

function put(element, text, cut = false) {
  const rest = text.length - MOST;
  element.textContent = rest > 0 ? text.slice(0, MOST) : text;
  if (rest > 0 || cut)
    element.append(make("em", { class: "rest" }, rest > 0
      ? `\n… ${rest.toLocaleString("en")} more characters`
      : "\n… and more"));
}

// ---- output ----------------------------------------------------------------

// It comes in pieces, told by the byte at which they begin, and is shown once
// in a frame.
export class Output {
  #pieces = [];
  #shown = 0; // pieces
  #length = 0; // of what is shown
  #frame = 0;

  clear() {
    this.#pieces = [];
    this.#showAgain();
    show(byId("printed"), false);
  }

  add(piece) {
    this.#pieces.push(piece);
    this.#frame ||= requestAnimationFrame(() => this.#showMore());
  }

  #showAgain() {
    cancelAnimationFrame(this.#frame);
    this.#frame = this.#shown = this.#length = 0;
    byId("output").textContent = "";
  }

  #showMore() {
    const element = byId("output");
    const text = this.#pieces.slice(this.#shown)
      .map((piece) => piece.text).join("").slice(0, MOST - this.#length);
    this.#frame = 0;
    this.#shown = this.#pieces.length;
    this.#length += text.length;
    show(byId("printed"), true);
    element.append(text);
    element.scrollTop = element.scrollHeight;
  }

  // What was told from this byte on will be told again.
  goBack(offset) {
    this.#pieces = this.#pieces.filter((piece) => piece.offset < offset);
    this.#showAgain();
    if (this.#pieces.length > 0)
      this.#showMore();
  }

  finish(text, truncated) {
    const top = byId("output").scrollTop;
    this.#showAgain();
    show(byId("printed"), text !== "");
    put(byId("output"), text, truncated);
    byId("output").scrollTop = top;
  }
}

// ---- value -----------------------------------------------------------------

function showValue(future) {
  const has = future.status === "success";
  show(byId("valued"), has);
  if (!has)
    return;
  const json = pretty(future.value, MOST);
  byId("type").textContent = future.type ?? "";
  put(byId("value"), json.text, json.cut);
  const text = future.text ?? "";
  show(byId("texted"), text !== json.text && JSON.stringify(text) !== json.text);
  put(byId("text"), text);
}

// ---- errors ----------------------------------------------------------------

// A button that shows a place in the editor.
function placeButton(line, column, label, pick) {
  if (!line)
    return make("span", {}, label);
  return make("button", { type: "button", class: "link",
    onclick: () => pick(line, column) }, label);
}

function frames(stack, pick) {
  const items = stack.map((frame) => {
    const where = frame.line ? `${frame.line}:${frame.column}` : "";
    const inModule = frame.module ? ` of ${frame.module}` : "";
    return make("li", {}, make("code", {}, frame.function ?? "?"), inModule,
      " ", placeButton(frame.module ? null : frame.line, frame.column, where,
        pick));
  });
  return make("details", { open: stack.length > 1 },
    make("summary", {}, `Stack, ${stack.length} deep`),
    make("ol", { class: "stack" }, ...items));
}

// Of an `error` object; `cause` is one again, or any JSON.
function errorParts(error, pick, depth = 0) {
  if (error === null || typeof error !== "object" || !error.class)
    return [make("pre", {}, pretty(error, MOST).text)];
  const where = error.line ? `line ${error.line}, column ${error.column}` : "";
  const parts = [
    make("p", { class: "what" }, make("strong", {}, error.class), ": ",
      make("span", {}, error.message ?? "")),
    make("p", { class: "where" },
      where ? placeButton(error.line, error.column, where, pick) : null,
      error.code ? make("code", {}, error.code) : null),
    error.hint ? make("p", { class: "hint" }, error.hint) : null,
    error.stack?.length ? frames(error.stack, pick) : null,
  ];
  if (error.cause !== null && error.cause !== undefined && depth < 20)
    parts.push(make("div", { class: "cause" }, make("h4", {}, "because of"),
      ...errorParts(error.cause, pick, depth + 1)));
  return parts.filter((part) => part !== null);
}

// status: "cancelled" looks like no mistake.
export function showError(error, pick, status = "failure") {
  show(byId("failed"), error !== null);
  byId("failed").classList.toggle("as-cancelled", status === "cancelled");
  byId("failed-title").textContent =
    status === "cancelled" ? "Cancelled" : "Error";
  byId("error").replaceChildren(...(error ? errorParts(error, pick) : []));
}

// A problem of the service, as an error is shown; `detail` of a script that
// does not compile begins with its class.
export function errorOfProblem(refused) {
  const { problem, status } = refused;
  const [, kind, rest] =
    /^(\w+Exception): (.*)$/s.exec(problem.detail ?? "") ?? [];
  return {
    class: kind ?? problem.title ?? `Status ${status}`,
    message: rest ?? problem.detail ?? "",
    code: problem.field ?? null,
    hint: problem.hint ?? hintOf(status),
    line: problem.line,
    column: problem.column,
    cause: null,
  };
}

function hintOf(status) {
  if (status === 401 || status === 403)
    return "Give an API key of this service below the editor.";
  if (status === 429 || status === 503)
    return "Try again in a moment.";
  return null;
}

// ---- the rest --------------------------------------------------------------

function showNotes(future, pick) {
  const unhandled = future.unhandled.map((error) =>
    make("div", { class: "unhandled" },
      make("h4", {}, "Unhandled in a future"), ...errorParts(error, pick)));
  const said = future.diagnostics.map(({ kind, message, line, column }) =>
    make("p", { class: `diagnostic ${kind}` }, `${kind}: ${message} `,
      line ? placeButton(line, column, `${line}:${column}`, pick) : null));
  byId("noted").replaceChildren(...unhandled, ...said);
  show(byId("notes"), unhandled.length + said.length > 0);
}

function bytes(number) {
  if (number < 10240)
    return `${number} B`;
  return number < 10485760 ? `${Math.round(number / 1024)} KiB`
    : `${Math.round(number / 1048576)} MiB`;
}

export function showUsage(usage) {
  const pairs = usage === null ? [] : [
    ["fuel", usage.fuel.toLocaleString("en")],
    ["time", duration(usage.wall_us / 1000)],
    ["processor", duration(usage.cpu_us / 1000)],
    ["memory", bytes(usage.peak_memory_bytes)],
    ["output", bytes(usage.output_bytes)],
  ];
  show(byId("usage"), usage !== null);
  byId("usage").replaceChildren(...pairs.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

export function showProgress(progress) {
  show(byId("progress"), progress !== null);
  if (progress === null)
    return;
  const bar = byId("fraction");
  if (typeof progress.fraction === "number")
    bar.value = progress.fraction;
  else
    bar.removeAttribute("value");
  byId("message").textContent = progress.message ??
    (progress.value === undefined ? "" : JSON.stringify(progress.value));
}

export function showFuture(future, output, pick) {
  output.finish(future.output, future.output_truncated);
  showValue(future);
  showError(future.error, pick, future.status);
  showNotes(future, pick);
  showUsage(future.usage);
}

export function clearResult(output) {
  output.clear();
  for (const id of ["valued", "failed", "notes", "usage", "times", "empty"])
    show(byId(id), false);
  showProgress(null);
}
