// app.js: puts the page together: buttons, keys, examples, sharing.

import { byId, make, show } from "./dom.js";
import { Editor } from "./editor.js";
import { gallery } from "./gallery.js";
import { Output } from "./result.js";
import { Run } from "./run.js";
import { Service } from "./service.js";
import { fromFragment, toFragment } from "./share.js";
import { TimelineView } from "./timeline-view.js";

const DRAFT = "gened.draft";
const KEY = "gened.key";

const service = new Service(document.baseURI.replace(/[?#].*$/, ""),
  () => byId("key").value.trim());
const output = new Output();
const editor = new Editor(byId("editor"), onEdit);
const view = new TimelineView(byId("timeline"), (bar) => {
  if (bar.line !== null)
    editor.pick(bar.line, bar.column);
});
let run = null;

function say(text, state) {
  byId("status").textContent = text;
  byId("status").dataset.state = state;
}

// ---- running ---------------------------------------------------------------

// A member of the request with the JSON of a field, digit by digit; "" when it
// is empty, null when it is wrong.
function readField(id) {
  const text = byId(id).value.trim();
  const wrong = byId(`${id}-wrong`);
  wrong.textContent = "";
  if (text === "")
    return "";
  try {
    JSON.parse(text);
    return `,"${id}":${text}`;
  } catch (error) {
    wrong.textContent = `That is no JSON: ${error.message}`;
    byId("with").open = true;
    byId(id).focus();
    return null;
  }
}

function readRequest() {
  const input = readField("input");
  const limits = readField("limits");
  if (input === null || limits === null)
    return null;
  return `{"script":${JSON.stringify(editor.text)}${input}${limits}}`;
}

async function start() {
  const request = readRequest();
  if (!request || (run && !run.done))
    return;
  run = new Run({ service, editor, view, output, say, ended: onEnded });
  if (matchMedia("(max-width: 900px)").matches)
    byId("result").scrollIntoView({ block: "start" });
  byId("run").disabled = true;
  byId("cancel").disabled = false;
  await run.go(request);
}

function onEnded() {
  const held = document.activeElement === byId("cancel");
  byId("run").disabled = false;
  byId("cancel").disabled = true;
  if (held)
    byId("run").focus();
}

function cancel() {
  run?.cancel();
}

// ---- scripts: examples, drafts, links --------------------------------------

function load({ script, input = "", limits = "" }) {
  editor.text = script;
  byId("input").value = input;
  byId("limits").value = limits;
  byId("with").open = input !== "" || limits !== "";
}

function pickExample(name) {
  const example = gallery.find((one) => one.name === name);
  byId("about").textContent = example ? example.about : "";
  if (!example)
    return;
  load(example);
  byId("examples").value = name;
  byId("about").textContent = example.about;
}

function fillExamples() {
  byId("examples").append(...gallery.map((example) =>
    make("option", { value: example.name }, example.title)));
}

function isExample() {
  const name = byId("examples").value;
  return gallery.some((one) => one.name === name && one.script === editor.text);
}

function onEdit() {
  sessionStorage.setItem(DRAFT, editor.text);
  if (!isExample()) {
    byId("examples").value = "";
    byId("about").textContent = "";
  }
}

async function share() {
  const fragment = toFragment({ script: editor.text,
    input: byId("input").value, limits: byId("limits").value });
  history.replaceState(null, "", fragment);
  let where = "The address of this page now holds the script.";
  try {
    await navigator.clipboard.writeText(location.href);
    where = "A link with the script is in the clipboard.";
  } catch { /* no clipboard here: the address has to do */ }
  say(where, "shared");
}

function loadFirst() {
  const shared = fromFragment(location.hash);
  const draft = sessionStorage.getItem(DRAFT);
  if (shared)
    load(shared);
  else if (draft)
    editor.text = draft;
  else
    pickExample(gallery[0].name);
  const same = gallery.find((one) => one.script === editor.text);
  if (same)
    pickExample(same.name);
  editor.cm.clearHistory();
}

// ---- keys ------------------------------------------------------------------

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.stopPropagation();
    start();
  } else if (event.key === "Escape" && run && !run.done) {
    event.preventDefault();
    cancel();
  }
}

function nameKeys() {
  if (/Mac|iPhone|iPad/.test(navigator.platform))
    byId("run-key").textContent = "⌘ ↵";
}

async function nameVersion() {
  const version = await service.version().catch(() => null);
  if (version)
    byId("version").textContent = `gened ${version.version}`;
}

// ---- all of it -------------------------------------------------------------

function connect() {
  byId("run").addEventListener("click", start);
  byId("cancel").addEventListener("click", cancel);
  byId("share").addEventListener("click", share);
  byId("examples").addEventListener("change", (event) =>
    pickExample(event.target.value));
  byId("key").value = sessionStorage.getItem(KEY) ?? "";
  byId("key").addEventListener("input", (event) =>
    sessionStorage.setItem(KEY, event.target.value));
  show(byId("empty"), true);
  document.addEventListener("keydown", onKey, true);
  addEventListener("hashchange", () => {
    const shared = fromFragment(location.hash);
    if (shared)
      load(shared);
  });
  addEventListener("pagehide", () => run?.leave());
}

fillExamples();
connect();
loadFirst();
nameKeys();
nameVersion();
if (matchMedia("(hover: hover) and (pointer: fine)").matches)
  editor.focus();
