// parts.test.js: timelines, event streams, JSON and links, without a page.

import assert from "node:assert/strict";
import test from "node:test";

import { pretty } from "./json.js";
import { fromFragment, toFragment } from "./share.js";
import { EventReader } from "./sse.js";
import { duration, ticks, Timeline } from "./timeline.js";

const event = (n, state, at, more = {}) =>
  ({ n, parent: null, label: "async", state, line: 1, column: 1, at_ms: at,
     ...more });

test("a timeline is made of events", () => {
  const timeline = new Timeline();
  timeline.add(event(1, "started", 0));
  timeline.add(event(2, "started", 1, { parent: 1, label: "gene/sleep" }));
  timeline.add(event(3, "started", 2));
  timeline.add(event(1, "waiting", 2));
  timeline.add(event(2, "success", 50));
  timeline.add(event(1, "running", 51));
  timeline.add(event(1, "failure", 60));
  timeline.add(event(1, "success", 70));
  const [first, second, third] = timeline.ordered();
  assert.deepEqual([first.n, second.n, third.n], [1, 2, 3]);
  assert.deepEqual([first.depth, second.depth], [0, 1]);
  assert.deepEqual(first.parts, [{ kind: "running", from: 0, to: 2 },
    { kind: "waiting", from: 2, to: 51 }, { kind: "running", from: 51, to: 60 }]);
  assert.deepEqual([first.state, first.end], ["failure", 60]);
  assert.deepEqual(second.parts, [{ kind: "waiting", from: 1, to: 50 }]);
  assert.equal(third.end, null);
  timeline.finish(80);
  assert.deepEqual([third.end, third.parts[0].to, first.end], [80, 80, 60]);
  assert.deepEqual(timeline.counts(), { failure: 1, success: 1, started: 1 });
});

test("a timeline that begins in the middle", () => {
  const timeline = new Timeline();
  timeline.add(event(7, "success", 5, { label: null, line: null, parent: 3 }));
  const [bar] = timeline.ordered();
  assert.deepEqual([bar.label, bar.depth, bar.end, bar.parts.length],
    ["future", 0, 5, 0]);
  timeline.finish(9);
});

test("deep timelines", () => {
  const timeline = new Timeline();
  for (let n = 1; n <= 10000; n++)
    timeline.add(event(n, "started", n, { parent: n - 1 || null }));
  assert.equal(timeline.ordered().length, 10000);
  assert.equal(timeline.ordered().at(-1).depth, 9999);
});

test("steps of an axis are round", () => {
  assert.deepEqual(ticks(500, 5), [0, 100, 200, 300, 400, 500]);
  assert.deepEqual(ticks(0.3, 3), [0, 0.1, 0.2].map((v, i) => i * 0.1));
  assert.deepEqual(ticks(0, 3), [0]);
  for (const span of [0.001, 1, 7, 99, 12345, 1e9])
    assert.ok(ticks(span, 5).length <= 6 && ticks(span, 5).length >= 2, span);
});

test("durations", () => {
  assert.deepEqual([0, 0.0861, 9.96, 12.4, 1250, 125000].map(duration),
    ["0 ms", "0.086 ms", "10 ms", "12 ms", "1.25 s", "2 min 5 s"]);
});

test("event streams in any pieces", () => {
  const text = ": hi\r\nretry: 70\n\nid: 4\nevent: a\ndata: {\"x\": 1}\n\n" +
    "data:one\ndata: two\n\nevent: lost\n\nid: 5\nevent: b\ndata\n\n";
  const want = [{ name: "a", data: "{\"x\": 1}" },
    { name: "message", data: "one\ntwo" }, { name: "b", data: "" }];
  for (let size = 1; size <= text.length; size++) {
    const reader = new EventReader();
    const got = [];
    for (let at = 0; at < text.length; at += size)
      got.push(...reader.read(text.slice(at, at + size)));
    assert.deepEqual(got, want, `pieces of ${size}`);
    assert.deepEqual([reader.lastId, reader.retry], ["5", 70]);
  }
});

test("an event cut off by a break is not told", () => {
  const reader = new EventReader();
  assert.deepEqual(reader.read("id: 1\ndata: a\n\nid: 2\ndata: b\n"),
    [{ name: "message", data: "a" }]);
  reader.restart();
  assert.equal(reader.lastId, "1");
  assert.deepEqual(reader.read("id: 2\ndata: b\n\n"),
    [{ name: "message", data: "b" }]);
});

test("JSON for people", () => {
  assert.equal(pretty(null).text, "null");
  assert.equal(pretty([1, "a", {}]).text, "[1, \"a\", {}]");
  assert.equal(pretty({ a: 1, b: [] }).text, "{\"a\": 1, \"b\": []}");
  assert.equal(pretty([[1, 2], [3]]).text, "[\n  [1, 2],\n  [3]\n]");
  const long = pretty(Array.from({ length: 9999 }, (_, i) => i), 500);
  assert.ok(long.cut && long.text.length < 700 && long.text.endsWith("\n]"));
  let deep = 1;
  for (let i = 0; i < 512; i++)
    deep = [deep];
  assert.ok(pretty(deep).text.length > 512);
});

test("links give back what they were made of", () => {
  for (const script of ["", "(+ 1 2)", "ä𝄞\u0000\"#&=%", "x".repeat(20000)]) {
    const link = toFragment({ script, input: script, limits: "{}" });
    assert.match(link, /^#[-\w=&]*$/);
    if (script !== "")
      assert.deepEqual(fromFragment(link),
        { script, input: script, limits: "{}" });
  }
  for (const bad of ["", "#", "#x=1", "#s=%%%", "#s=a", "#s=____", "#result"])
    assert.equal(fromFragment(bad), null, bad);
});
