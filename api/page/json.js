// json.js: JSON that keeps what its numbers said, and printing it for people.

const WIDTH = 64; // what is shorter stands on one line

// A number that a JavaScript number would show in another way.
class Exact {
  constructor(source) {
    this.source = source;
  }
}

function exact(key, value, context) {
  const source = context?.source;
  if (typeof value !== "number" || !source || String(value) === source)
    return value;
  return new Exact(source);
}

// Numbers that would change are kept as they are for `pretty` alone, and only
// within the member `value`.
export function readFuture(text) {
  const future = JSON.parse(text);
  if (future.value !== null && /\d/.test(text))
    future.value = JSON.parse(text, exact).value;
  return future;
}

function pairs(value) {
  if (Array.isArray(value))
    return value.map((item) => ["", item]);
  return Object.entries(value).map(([key, item]) =>
    [`${JSON.stringify(key)}: `, item]);
}

function isLeaf(value) {
  return value === null || typeof value !== "object" ||
    value instanceof Exact || Object.keys(value).length === 0;
}

function leaf(value) {
  return value instanceof Exact ? value.source : JSON.stringify(value);
}

function brackets(value) {
  return Array.isArray(value) ? "[]" : "{}";
}

function onOneLine(value, room) {
  const [open, close] = brackets(value);
  const items = pairs(value);
  if (items.length > room || items.some(([, item]) => !isLeaf(item)))
    return null;
  const text = items.map(([key, item]) => key + leaf(item)).join(", ");
  return text.length + 2 <= room ? open + text + close : null;
}

// At most `most` characters or a few more; `cut` tells whether that was all.
export function pretty(value, most = 100000) {
  const out = { text: "", cut: false };
  write(out, value, 0, most);
  return out;
}

function write(out, value, depth, most) {
  if (isLeaf(value)) {
    out.text += leaf(value);
    return;
  }
  const short = onOneLine(value, WIDTH - 2 * depth);
  if (short !== null)
    out.text += short;
  else
    writeLines(out, value, depth, most);
}

function writeLines(out, value, depth, most) {
  const [open, close] = brackets(value);
  let separator = open + "\n";
  for (const [key, item] of pairs(value)) {
    if (out.text.length > most) {
      out.cut = true;
      break;
    }
    out.text += separator + "  ".repeat(depth + 1) + key;
    write(out, item, depth + 1, most);
    separator = ",\n";
  }
  out.text += `\n${"  ".repeat(depth)}${close}`;
}
