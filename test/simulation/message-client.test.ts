// Message client against the reference's algorithm: every request is answered rightly, and executed
// once.
// Simulation. A failing run prints its seed; set SIMULATION_SEED to run one seed again.

import { afterEach, describe, expect, test } from "vitest";
import { MessageClient } from "../../client/message-client.ts";
import { FakeNetClock } from "../kit/fake-net-clock.ts";
import { MessageServerModel } from "../kit/message-server-model.ts";
import { Random } from "../kit/random.ts";

const requests = 600;
const again = process.env["SIMULATION_SEED"];
const seeds =
  again === undefined ? [1, 2, 3, 4, 5, Math.floor(Math.random() * 0xffff_ffff)] : [Number(again)];
const secret = Buffer.from("05f66ce34109f836", "hex");
const models: MessageServerModel[] = [];

afterEach(() => {
  for (const model of models.splice(0)) model.server.close();
});

describe("connections that are cut at any moment", () => {
  test.each(seeds)("cost no answer, and no request is executed twice (seed %i)", async (seed) => {
    const random = new Random(seed);
    const model = new MessageServerModel({ secret, random, cutProbability: 0.01 });
    models.push(model);
    await model.server.open();
    const clock = new FakeNetClock();
    const client = new MessageClient({
      port: model.server.port,
      user: "hello",
      server: "sample",
      subid: "1",
      secret,
      clock,
      attemptsMax: 100,
      requestMs: 0,
    });
    client.on("reconnecting", ({ ms }) => clock.advance(ms));
    await client.open();
    const contents = Array.from({ length: requests }, (_, number) => `request ${number}`);

    const answers = await Promise.all(
      contents.map(async (content) => {
        const answer = await client.request(content);
        if (random.chance(0.01)) client.reconnect();
        return Buffer.from(answer).toString();
      }),
    );

    expect(answers).toEqual(contents.map((content) => content.toUpperCase()));
    expect(model.executions.toSorted()).toEqual(contents.toSorted());
    expect(model.conflicts).toEqual([]);
    expect(model.server.count).toBeGreaterThan(5);
    await client.close();
  });
});
