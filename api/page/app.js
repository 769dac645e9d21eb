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

// aloud: a screen reader is told as well; of what may change many times in a
// second it is not.
function say(text, state, aloud = true) {
  byId("status").textContent = text;
  byId("status").dataset.state = state;
  if (aloud)
    byId("told").textContent = text;
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
  if (byId("result").offsetTop > byId("editor").offsetTop) // below, not beside
    byId("result").scrollIntoView({ block: "start" });
  swap("run", "cancel");
  await run.go(request);
}

// One button goes out and the other on; a focus goes along.
function swap(from, to) {
  const held = document.activeElement === byId(from);
  byId(to).disabled = false;
  byId(from).disabled = true;
  if (held)
    byId(to).focus();
}

function onEnded() {
  swap("cancel", "run");
}

function cancel() {
  run?.cancel();
}

// ---- what is kept until the tab is closed ----------------------------------

// It may be full, or forbidden; then nothing is kept.
function keep(name, text) {
  try {
    sessionStorage.setItem(name, text);
  } catch {
    return;
  }
}

function kept(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
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
  if (!example)
    return;
  byId("examples").value = name;
  byId("about").textContent = example.about;
  load(example);
}

function fillExamples() {
  byId("examples").append(...gallery.map((example) =>
    make("option", { value: example.name }, example.title)));
}

function isExample() {
  const name = byId("examples").value;
  return gallery.some((one) => one.name === name && one.script === editor.text);
}

// A link is for the script that it was made of; a reload finds the draft.
function dropLink() {
  const shared = fromFragment(location.hash);
  if (shared && shared.script !== editor.text)
    history.replaceState(null, "", location.pathname);
}

function onEdit() {
  keep(DRAFT, editor.text);
  dropLink();
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
  const draft = kept(DRAFT);
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
  byId("key").value = kept(KEY);
  byId("key").addEventListener("input", (event) =>
    keep(KEY, event.target.value));
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
