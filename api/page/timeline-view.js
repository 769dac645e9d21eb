// timeline-view.js: draws a Timeline as rows of bars below an axis. Rows are
// made once and then only changed, so that a focus stays where it is.

import { make } from "./dom.js";
import { duration, ticks } from "./timeline.js";

const MOST = 200; // rows; more would help nobody
const SIGNS = { success: "✓", failure: "✕", cancelled: "⊘" };

export class TimelineView {
  #rows = new Map();
  #order = null;

  // pick(bar) is called with the bar of a row that was chosen.
  constructor(root, pick) {
    this.pick = pick;
    this.axis = make("div", { class: "axis", "aria-hidden": "true" });
    this.list = make("ol", { class: "rows" });
    this.more = make("p", { class: "more" });
    root.replaceChildren(this.axis, this.list, this.more);
  }

  clear() {
    this.#rows.clear();
    this.#order = null;
    this.list.replaceChildren();
    this.axis.replaceChildren();
    this.more.textContent = "";
  }

  // now: ms since the evaluation began.
  draw(timeline, now) {
    const span = Math.max(now, timeline.latest, 1);
    const bars = timeline.ordered();
    if (bars !== this.#order)
      this.#place(bars);
    this.#drawAxis(span);
    for (const bar of bars.slice(0, MOST))
      this.#rows.get(bar.n).draw(bar, now, span);
    this.more.textContent = remark(timeline, bars.length);
  }

  #place(bars) {
    this.#order = bars;
    bars.slice(0, MOST).forEach((bar, i) => {
      let row = this.#rows.get(bar.n);
      if (!row) {
        row = new Row(bar, this.pick);
        this.#rows.set(bar.n, row);
      }
      if (this.list.children[i] !== row.item)
        this.list.insertBefore(row.item, this.list.children[i] ?? null);
    });
    while (this.list.children.length > MOST)
      this.list.lastChild.remove();
  }

  #drawAxis(span) {
    const wanted = Math.max(2, Math.min(6, this.axis.clientWidth / 70));
    const marks = ticks(span, wanted).map((at) => {
      const mark = make("span", { class: "tick" }, duration(at));
      mark.style.left = `${at / span * 100}%`;
      mark.classList.toggle("last", at / span > 0.85);
      return mark;
    });
    this.axis.replaceChildren(...marks);
  }
}

function remark(timeline, count) {
  if (timeline.cut)
    return "There were more events than the service tells of.";
  return count > MOST ? `… and ${count - MOST} more futures.` : "";
}

function place(bar) {
  return bar.line === null ? "" : `${bar.line}:${bar.column}`;
}

class Row {
  #parts = [];
  #said = "";

  constructor(bar, pick) {
    this.track = make("span", { class: "track" });
    this.took = make("span", { class: "took" });
    this.button = make("button",
      { type: "button", class: "row", onclick: () => pick(bar) },
      make("span", { class: "who" },
        make("span", { class: "name" }, bar.label),
        make("span", { class: "place" }, place(bar))),
      this.track, this.took);
    this.button.style.setProperty("--depth", String(Math.min(bar.depth, 6)));
    this.item = make("li", { "data-n": bar.n }, this.button);
  }

  draw(bar, now, span) {
    const end = bar.end ?? now;
    bar.parts.forEach((part, i) => this.#drawPart(bar, part, i, now, span));
    this.button.dataset.state = bar.state;
    this.took.textContent =
      `${SIGNS[bar.state] ?? ""} ${duration(Math.max(end - bar.start, 0))}`;
    this.#say(bar);
  }

  #drawPart(bar, part, i, now, span) {
    this.#parts[i] ??= this.track.appendChild(make("i"));
    const element = this.#parts[i];
    const to = Math.max(part.to ?? now, part.from);
    const last = i === bar.parts.length - 1;
    element.className = `part ${part.kind}` +
      (bar.end !== null && last ? ` ${bar.state}` : "") +
      (bar.end !== null ? ` of-${bar.state}` : "");
    element.style.left = `${part.from / span * 100}%`;
    element.style.width = `${(to - part.from) / span * 100}%`;
  }

  // Once for each state, lest a screen reader hears of every frame.
  #say(bar) {
    if (bar.state === this.#said)
      return;
    this.#said = bar.state;
    const where = bar.line === null ? "" : `, line ${bar.line}`;
    const when = bar.end === null ? `, from ${duration(bar.start)}`
      : `, from ${duration(bar.start)} to ${duration(bar.end)}`;
    this.button.setAttribute("aria-label",
      `${bar.label}${where}: ${bar.state}${when}`);
  }
}
