// run.js: one evaluation from its start to its end, shown while it goes on.

import { byId, show } from "./dom.js";
import { readFuture } from "./json.js";
import { clearResult, errorOfProblem, showError, showFuture, showProgress,
         showUsage } from "./result.js";
import { Refused } from "./service.js";
import { duration, Timeline } from "./timeline.js";

export class Run {
  #abort = new AbortController();
  #timeline = new Timeline();
  #began = performance.now();
  #aligned = false;
  #frame = 0;
  #cancelled = false;
  future = null;
  done = false;

  // parts: {service, editor, view, output, say(text, state, aloud), ended()}
  constructor(parts) {
    Object.assign(this, parts);
  }

  async go(request) {
    clearResult(this.output);
    this.view.clear();
    this.editor.clearError();
    this.say("Running …", "running");
    this.#tick();
    try {
      this.future = await this.service.start(request, this.#abort.signal);
      this.#align(this.future.usage.wall_us / 1000);
      await this.service.follow(this.future, {
        event: (name, data) => this.#onEvent(name, data),
        broken: (is) => this.#onBroken(is),
      }, this.#abort.signal);
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#finish();
    }
  }

  // Before it has an id, the service cancels what nobody waits for.
  cancel() {
    if (this.done || this.#cancelled)
      return;
    this.#cancelled = true;
    if (!this.future) {
      this.#abort.abort();
      return;
    }
    this.say("Cancelling …", "running");
    this.service.cancel(this.future).catch(() => this.#abort.abort());
  }

  leave() {
    if (!this.done && this.future)
      this.service.abandon(this.future);
  }

  // ---- what the stream tells

  #onEvent(name, data) {
    if (name === "done") {
      this.#onDone(readFuture(data));
      return;
    }
    const event = JSON.parse(data);
    switch (name) {
    case "status": this.#onStatus(event); break;
    case "output": this.output.add(event); break;
    case "progress": showProgress(event); break;
    case "future": this.#onFuture(event); break;
    case "gap": this.#onGap(event); break;
    }
  }

  #onStatus({ phase, usage }) {
    showUsage(usage);
    if (phase !== "done" && !this.#cancelled)
      this.say({ queued: "Queued …", running: "Running …",
                 waiting: "Waiting …" }[phase] ?? "Running …", phase, false);
  }

  #onFuture(event) {
    this.#align(event.at_ms);
    this.#timeline.add(event);
    show(byId("times"), true);
  }

  #onGap({ to, output_offset: offset }) {
    this.output.goBack(offset);
    if (to === null)
      this.#timeline.cut = true;
  }

  #onBroken(is) {
    if (is && !this.done)
      this.say("The connection is lost; trying again …", "broken");
  }

  #onDone(future) {
    this.done = true;
    const at = future.usage.wall_us / 1000;
    this.#timeline.finish(at);
    showProgress(null);
    showFuture(future, this.output, (line, column) =>
      this.editor.pick(line, column));
    this.#mark(future.error, future.status);
    this.say(summary(future, this.#timeline), future.status);
  }

  // ---- how it ends

  #onError(error) {
    if (this.#abort.signal.aborted) {
      this.say("Cancelled.", "cancelled");
      return;
    }
    const refused = error instanceof Refused ? error
      : new Refused(0, { title: "The service does not answer.",
                         detail: error.message });
    const shown = errorOfProblem(refused);
    showError(shown, (line, column) => this.editor.pick(line, column));
    this.#mark(shown, "failure");
    this.say(refused.status === 422 ? "Not accepted." : "It did not work.",
      "failure");
  }

  #mark(error, status) {
    if (error?.line)
      this.editor.markError(error.line, error.column ?? 1,
        `${error.class}: ${error.message}`, status === "cancelled");
  }

  #finish() {
    this.done = true;
    cancelAnimationFrame(this.#frame);
    this.#draw(this.#timeline.latest);
    byId("clock").textContent = "";
    this.ended();
  }

  // ---- the clock: its zero is when the evaluation began, as far as is known

  #align(at) {
    const began = performance.now() - at;
    this.#began = this.#aligned ? Math.min(this.#began, began) : began;
    this.#aligned = true;
  }

  #tick() {
    this.#frame = requestAnimationFrame(() => {
      const now = performance.now() - this.#began;
      this.#draw(now);
      byId("clock").textContent = duration(Math.floor(now / 100) * 100);
      this.#tick();
    });
  }

  #draw(now) {
    if (this.#timeline.size > 0)
      this.view.draw(this.#timeline, now);
  }
}

const OUTCOMES = { success: "Success", failure: "Failure",
                   cancelled: "Cancelled" };

function summary(future, timeline) {
  const took = duration(future.usage.wall_us / 1000);
  const count = timeline.size;
  const futures = count === 0 ? "" :
    `, ${count} ${count === 1 ? "future" : "futures"}`;
  return `${OUTCOMES[future.status]} after ${took}${futures}.`;
}
