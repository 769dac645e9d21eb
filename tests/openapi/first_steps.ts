// first_steps.ts: the README's first steps by the client that a generator made
// of api/openapi.yaml. Its argument is where gened listens.
import { strict as assert } from 'node:assert';
import { client } from './client/client.gen';
import { deleteFuture, evaluate, evaluateBatch, getFuture, limits, listFutures }
  from './client/sdk.gen';

client.setConfig({ baseUrl: process.argv[2] });

let passed = 0;
const said: string[] = [];

async function step(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    passed++;
  } catch (error) {
    said.push(`FAIL ${name}: ${error instanceof Error ? error.stack : error}`);
  }
}

const script = (text: string) => ({ body: { script: text } });

async function main(): Promise<void> {
  await step('a sum', async () => {
    const { data } = await evaluate(script('(+ 1 2)'));
    assert.equal(data?.status, 'success');
    assert.equal(data?.value, 3);
    assert.equal(data?.type, 'Int');
    assert.equal(data?.text, '3');
  });

  await step('three sleeps at once', async () => {
    const { data } = await evaluate(script(`
      (var a (gene/sleep_async 100))
      (var b (gene/sleep_async 100))
      (var c (gene/sleep_async 100))
      (await a b c)
      "done"`));
    assert.equal(data?.value, 'done');
    assert.ok((data?.usage.wall_us ?? 0) >= 100_000);
  });

  await step('an id to ask by, and to cancel', async () => {
    const { data, response } = await evaluate({
      ...script('(gene/sleep 60000) "rested"'),
      headers: { Prefer: 'respond-async' },
    });
    assert.equal(response.status, 202);
    assert.equal(data?.status, 'pending');
    const path = { id: data?.id ?? '' };
    assert.equal(response.headers.get('location'), `/futures/${path.id}`);
    const asked = await getFuture({ path, query: { wait: 0.05 } });
    assert.equal(asked.data?.status, 'pending');
    await deleteFuture({ path });
    const ended = await getFuture({ path, query: { wait: 20 } });
    assert.equal(ended.data?.status, 'cancelled');
    assert.equal((await deleteFuture({ path })).response.status, 204);
    assert.equal((await getFuture({ path })).response.status, 404);
  });

  await step('a script that throws', async () => {
    const { data } = await evaluate(script('(throw "boom")'));
    assert.equal(data?.status, 'failure');
    assert.equal(data?.error?.message, 'boom');
    assert.equal(data?.error?.line, 1);
  });

  await step('a script that does not parse', async () => {
    const { error, response } = await evaluate(script('(+ 1'));
    assert.equal(response.status, 422);
    assert.equal(error?.type, '/problems/invalid-script');
    assert.equal(error?.line, 1);
  });

  await step('input and limits', async () => {
    const { data } = await evaluate({
      body: {
        script: '(+ 1 $input/n)',
        input: { n: 2 },
        limits: { wall_ms: 1000 },
      },
    });
    assert.equal(data?.value, 3);
    assert.ok(((await limits()).data?.wall_ms ?? 0) > 0);
  });

  await step('a batch, and the list', async () => {
    const { data } = await evaluateBatch({
      body: { items: [{ script: '(+ 1 2)', label: 'listed' }, { script: '(' }] },
    });
    assert.equal(data?.items.length, 2);
    assert.equal(data?.items[0].status, 'success');
    assert.equal(data?.items[1].status, 422);
    const list = await listFutures({ query: { label: 'listed' } });
    assert.equal(list.data?.items.length, 1);
  });

  for (const line of said) console.log(line);
  console.log(`${passed} passed, ${said.length} failed`);
  process.exitCode = said.length === 0 ? 0 : 1;
}

void main();
