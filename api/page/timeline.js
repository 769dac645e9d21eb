// timeline.js: what is known of the futures of an evaluation, made of the
// `future` events of its stream. It draws nothing.

const ENDS = new Set(["success", "failure", "cancelled"]);

export class Timeline {
  #bars = new Map();
  #roots = [];
  #ordered = null;
  latest = 0; // ms since the evaluation began, of the last event
  cut = false; // the service told of no more

  // {n, parent, label, state, line, column, at_ms}
  add(event) {
    this.latest = Math.max(this.latest, event.at_ms);
    const bar = this.#bars.get(event.n) ?? this.#make(event);
    if (bar.end !== null)
      return;
    const last = bar.parts.at(-1);
    if (last)
      last.to = event.at_ms;
    bar.state = event.state;
    if (ENDS.has(event.state))
      bar.end = event.at_ms;
    else
      bar.parts.push({ kind: kindOf(event), from: event.at_ms, to: null });
    if (event.state === "running" || event.state === "waiting")
      bar.fiber = true;
  }

  #make(event) {
    const parent = this.#bars.get(event.parent) ?? null;
    const bar = {
      n: event.n,
      depth: parent ? parent.depth + 1 : 0,
      label: event.label ?? "future",
      line: event.line,
      column: event.column,
      start: event.at_ms,
      end: null,
      state: "started",
      fiber: false,
      parts: [],
      children: [],
    };
    (parent ? parent.children : this.#roots).push(bar);
    this.#bars.set(event.n, bar);
    this.#ordered = null;
    return bar;
  }

  get size() {
    return this.#bars.size;
  }

  // Each before those that its fiber made, else as they began. Nothing of it
  // may be written.
  ordered() {
    if (this.#ordered)
      return this.#ordered;
    const bars = [];
    const stack = [...this.#roots].reverse();
    while (stack.length > 0) {
      const bar = stack.pop();
      bars.push(bar);
      stack.push(...[...bar.children].reverse());
    }
    this.#ordered = bars;
    return bars;
  }

  // What never ended ends with the evaluation.
  finish(at) {
    this.latest = Math.max(this.latest, at);
    for (const bar of this.#bars.values()) {
      if (bar.end === null && bar.parts.length > 0)
        bar.parts.at(-1).to = this.latest;
      bar.end ??= this.latest;
    }
  }

  counts() {
    const counts = {};
    for (const bar of this.#bars.values())
      counts[bar.state] = (counts[bar.state] ?? 0) + 1;
    return counts;
  }
}

// A future is waited for until a fiber behind it is told to run; a body that
// has just begun runs.
function kindOf(event) {
  if (event.state !== "started")
    return event.state;
  return isOperation(event.label) ? "waiting" : "running";
}

// What is behind it is a timer or I/O rather than a body of its own.
function isOperation(label) {
  return label === null || label === "Future" || label.includes("sleep") ||
    label.includes("/io/") || label.startsWith("http_");
}

// Round steps for an axis of about so many of them.
export function ticks(span, wanted) {
  if (!(span > 0))
    return [0];
  const rough = span / wanted;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * unit >= rough) * unit;
  const marks = [];
  for (let i = 0; i * step <= span; i++)
    marks.push(i * step);
  return marks;
}

// 0.086 ms, 12 ms, 1.25 s, 2 min 5 s
export function duration(ms) {
  if (ms < 10)
    return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 1000)
    return `${Math.round(ms)} ms`;
  if (ms < 60000)
    return `${Number((ms / 1000).toFixed(2))} s`;
  return `${Math.floor(ms / 60000)} min ${Math.round(ms % 60000 / 1000)} s`;
}
