// service.js: what the page asks of the service: to run a script, to tell what
// becomes of it, to cancel it. It shows nothing.

import { EventReader } from "./sse.js";

const PATIENCE = 8; // broken connections in a row before it gives up

// A refusal (application/problem+json), or what came instead of an answer.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `Status ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

async function refusal(answer) {
  let problem = {};
  try {
    problem = await answer.json();
  } catch { /* some proxy's answer: the status has to do */ }
  return new Refused(answer.status, problem);
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", over);
      resolve();
    }, ms);
    signal.addEventListener("abort", over, { once: true });
  });
}

export class Service {
  // key: a function that gives the API key, or "".
  constructor(base, key) {
    this.base = base;
    this.key = key;
  }

  #fetch(path, options = {}) {
    const headers = { ...options.headers };
    if (this.key())
      headers.Authorization = `Bearer ${this.key()}`;
    return fetch(new URL(path.replace(/^\//, ""), this.base),
      { ...options, headers, cache: "no-store", credentials: "omit" });
  }

  // The Future of a script that has begun, or is done already. request: the
  // JSON of the body.
  async start(request, signal) {
    const answer = await this.#fetch("eval?timeline=1", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Prefer: "respond-async",
      },
      body: request,
      signal,
    });
    if (!answer.ok)
      throw await refusal(answer);
    return answer.json();
  }

  cancel(future) {
    return this.#fetch(future.links.self, { method: "DELETE" });
  }

  // As the page goes away, nobody will ask for it any more.
  abandon(future) {
    this.#fetch(future.links.self, { method: "DELETE", keepalive: true })
      .catch(() => {});
  }

  async version() {
    const answer = await this.#fetch("version");
    return answer.ok ? answer.json() : null;
  }

  // Calls on.event(name, data as text) for each event up to `done`, and
  // on.broken(true) while the connection is lost. Goes on where it was.
  async follow(future, on, signal) {
    const reader = new EventReader();
    let failures = 0;
    while (failures < PATIENCE) {
      const before = reader.lastId;
      const done = await this.#connect(future, reader, on, signal);
      if (done)
        return;
      failures = reader.lastId === before ? failures + 1 : 1;
      on.broken(true);
      await pause(Math.min(reader.retry, 250 * 2 ** failures), signal);
    }
    throw new Refused(0, { title: "The connection is lost." });
  }

  // One connection; true when it told of the end.
  async #connect(future, reader, on, signal) {
    const headers = { Accept: "text/event-stream" };
    if (reader.lastId)
      headers["Last-Event-ID"] = reader.lastId;
    try {
      const answer = await this.#fetch(`${future.links.events}?timeline=1`,
        { headers, signal });
      if (!answer.ok)
        throw await refusal(answer);
      on.broken(false);
      return await this.#read(answer.body, reader, on);
    } catch (error) {
      const lasting = error instanceof Refused && error.status !== 503 &&
        error.status !== 429;
      if (lasting || signal.aborted)
        throw error;
      return false;
    }
  }

  async #read(body, reader, on) {
    reader.restart();
    const pieces = body.pipeThrough(new TextDecoderStream()).getReader();
    let done = false;
    while (!done) {
      const piece = await pieces.read();
      if (piece.done)
        return false;
      for (const { name, data } of reader.read(piece.value)) {
        on.event(name, data);
        done ||= name === "done";
      }
    }
    pieces.cancel().catch(() => {});
    return true;
  }
}
