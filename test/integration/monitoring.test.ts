// What a monitoring system gets of a real host: spans of a traced request, and metrics.

import { trace, type Span, type TracerProvider } from "@opentelemetry/api";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const front = `
import { call, commands, start } from "isonet";
let back;
start((target) => { back = target; });
commands({
  ask: async () => call(back, "lua", "answer"),
  fail: async () => call(back, "lua", "fail"),
  calm: () => 1,
});
`;

const back = `
import { commands, sleep } from "isonet";
commands({ answer: async () => { await sleep(3); return 42; }, fail: () => { throw new Error("no"); } });
`;

const loop = `
import { commands } from "isonet";
commands({ loop: (ms) => { const from = Date.now(); while (Date.now() - from < ms); } });
`;

type Seen = {
  name: string;
  parent: Seen | undefined;
  startMs: number;
  endMs: number;
  status: string;
};

/** Spans as an SDK would get them. */
const spans: Seen[] = [];
const provider = {
  getTracer: () => ({
    startSpan: (name: string, options: { startTime: number }, context: never) => {
      const parent = trace.getSpan(context) as (Span & { seen: Seen }) | undefined;
      const seen: Seen = {
        name,
        parent: parent?.seen,
        startMs: options.startTime,
        endMs: 0,
        status: "",
      };
      spans.push(seen);
      return {
        seen,
        addEvent: () => {},
        setStatus: ({ message }: { message: string }) => {
          seen.status = message;
        },
        end: (timeMs: number) => {
          seen.endMs = timeMs;
        },
        spanContext: () => ({ traceId: "1", spanId: "1", traceFlags: 1 }),
      };
    },
  }),
};

let kit: TestHost;
let asker: Address;

beforeAll(async () => {
  trace.setGlobalTracerProvider(provider as unknown as TracerProvider);
  kit = await startHost({ front, back, loop }, { spans: true, console: { port: 0 }, cells: 1 });
  const answerer = (await kit.isonet.newService({
    name: "back",
    trust: "untrusted",
    sliceMs: 5000,
  })) as Address;
  asker = (await kit.isonet.newService("front", answerer)) as Address;
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
  trace.disable();
});

describe("spans", () => {
  test("are none until something is traced", async () => {
    await kit.isonet.call(asker, "lua", "calm");
    expect(spans).toEqual([]);
  });

  test("follow a request from a shard into a cell, with the time it took there", async () => {
    await kit.isonet.call(asker, "debug", "TRACELOG", "lua", true);
    await kit.isonet.call(asker, "lua", "ask");
    await expect.poll(() => spans.map(({ endMs }) => endMs > 0)).toEqual([true, true]);

    const [outer, inner] = spans as [Seen, Seen];
    expect([outer.name, inner.name]).toEqual([expect.stringMatching(/^front/), "back"]);
    expect(inner.parent).toBe(outer);
    expect(inner.startMs).toBeGreaterThan(outer.startMs - 1);
    expect(inner.endMs - inner.startMs).toBeGreaterThanOrEqual(20);
    expect(inner.endMs).toBeLessThan(outer.endMs + 1);
    expect(Math.abs(Date.now() - outer.startMs)).toBeLessThan(60_000);
  });

  test("say how a request has failed", async () => {
    spans.length = 0;
    await kit.isonet.call(asker, "lua", "fail").catch(() => {});
    await expect.poll(() => spans.map(({ status }) => status)).toEqual(["no", "no"]);
  });
});

async function scrape(): Promise<string> {
  const { host, port } = kit.host.listeners[0] as { host: string; port: number };
  const answer = await fetch(`http://${host}:${port}/metrics`);
  expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  return answer.text();
}

describe("metrics", () => {
  test("tell of services, modules, shards and cells in the format of Prometheus", async () => {
    const text = await scrape();

    expect(text).toMatch(/^isonet_service_messages_total\{address=":\w+",module="front"\} [1-9]/m);
    expect(text).toMatch(/^isonet_module_errors_total\{module="back"\} [1-9]/m);
    expect(text).toMatch(/^isonet_module_heap_bytes\{module="back"\} \d{5,}$/m);
    expect(text).toMatch(/^isonet_shard_services\{shard="1"\} \d$/m);
    expect(text).toMatch(/^isonet_cell_services\{cell="\d+",state="running"\} 1$/m);
    expect(text).toMatch(/^isonet_services 2$/m);
    expect(text).toMatch(/^# TYPE isonet_offences_total counter$/m);
  });

  test("come in time although a shard is stuck, and say what is missing", async () => {
    const looping = (await kit.isonet.newService({ name: "loop", near: asker })) as Address;
    const busy = kit.isonet.call(looping, "lua", "loop", 2500);
    const startMs = performance.now();
    const text = await scrape();

    expect(performance.now() - startMs).toBeLessThan(3000);
    expect(text).toMatch(/^isonet_services_missing [1-9]/m);
    await busy;
  });
});
