// share.js: a script in the fragment of an address, which browsers send to
// nobody. Fields: s the script, i the input, l the limits.

function encode(text) {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes)
    binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_")
    .replace(/=+$/, "");
}

function decode(text) {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

export function toFragment({ script, input = "", limits = "" }) {
  const fields = Object.entries({ s: script, i: input, l: limits });
  return "#" + fields.filter(([, text]) => text !== "")
    .map(([name, text]) => `${name}=${encode(text)}`).join("&");
}

// null: it holds no script, or one that was damaged on its way.
export function fromFragment(fragment) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  if (!fields.has("s"))
    return null;
  try {
    const [script, input, limits] = ["s", "i", "l"].map((name) =>
      decode(fields.get(name) ?? ""));
    return { script, input, limits };
  } catch {
    return null;
  }
}
