// sse.js: reads Server-Sent Events off pieces of text (WHATWG HTML, 9.2.6). It
// knows neither where they come from nor what they mean.

export class EventReader {
  #rest = "";
  #event = {};
  lastId = "";
  retry = 2000;

  // The events that are whole with this piece.
  read(piece) {
    const events = [];
    const lines = (this.#rest + piece).split(/\r\n|\n/);
    this.#rest = lines.pop();
    for (const line of lines)
      this.#line(line, events);
    return events;
  }

  // After a break in the connection; what was not whole is sent again.
  restart() {
    this.#rest = "";
    this.#event = {};
  }

  #line(line, events) {
    if (line === "") {
      this.#end(events);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0)
      return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    this.#field(name, value);
  }

  #field(name, value) {
    const event = this.#event;
    if (name === "data")
      event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    else if (name === "retry" && /^\d+$/.test(value))
      this.retry = Number(value);
    else if (name === "event" || name === "id")
      event[name] = value;
  }

  #end(events) {
    const event = this.#event;
    this.#event = {};
    if (event.id !== undefined)
      this.lastId = event.id;
    if (event.data !== undefined)
      events.push({ name: event.event ?? "message", data: event.data });
  }
}
