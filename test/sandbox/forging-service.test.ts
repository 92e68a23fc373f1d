// A forging service: a runtime that writes what it likes, beside the true runtime of its caller, on
// one kernel. From the forged bytes in its outbox to what the caller's author gets to see.

import { setImmediate as microtasksDrained } from "node:timers/promises";
import { expect, test } from "vitest";
import { HostService } from "../../src/shard/host-service.ts";
import { encode } from "../../wire/codec.ts";
import { FrameFlag } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import type { FrameFields } from "../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../kit/kernel-kit.ts";

type Cast = {
  readonly kit: KernelKit;
  readonly victim: HostService;
  readonly forger: FakeService;
  readonly honest: FakeService;
  readonly go: () => Promise<void>;
};

/** The victim asks the honest one, which answers when told, and has asked the forger before. */
function makeCast(): Cast {
  const kit = makeKernel();
  const forger = kit.addWith({ isTrusted: false, owner: "mallory" });
  const honest = kit.addWith({ isTrusted: false, owner: "alice" });
  const address = kit.directory.allocate(0);
  const victim = new HostService(
    {
      address,
      node: 1,
      name: "victim",
      callTimeoutMs: 0,
      messageBytesMax: 65_536,
      startTimeMs: 0,
    },
    () => {},
    () => 0,
  );
  const record = kit.kernel.add(address, { name: "victim" }, victim, new Uint8Array(0));
  const go = async (): Promise<void> => {
    for (const each of [record, forger.record, honest.record]) kit.kernel.collect(each);
    kit.run();
    await microtasksDrained();
    kit.kernel.collect(record);
    kit.run();
  };
  return { kit, victim, forger, honest, go };
}

const answer = (text: string, fields: FrameFields): FrameFields => ({
  kind: MessageKind.response,
  body: encode([text]),
  ...fields,
});

test("neither answers for another, nor twice, nor as the kernel, whatever it writes", async () => {
  const { victim, forger, honest, go } = makeCast();
  const heard: unknown[] = [];
  const ask = (of: FakeService): void => {
    const asked = victim.api.call(of.address, "lua", "ask");
    void asked.then((value: unknown) => heard.push(value));
  };
  ask(forger); // session 1
  ask(honest); // session 2
  void victim.api.sleep(100).then(() => heard.push("slept")); // session 3
  await go();
  const [request] = honest.occupant.received;
  const destination = request?.source as number;

  for (const session of [2, 3, 4]) {
    const redirected = { source: honest.address, flags: FrameFlag.redirected };
    forger.occupant.send(answer("forged", { destination, session }));
    forger.occupant.send(answer("forged", { destination, session, ...redirected }));
    forger.occupant.send(answer("forged", { destination, session, ...redirected, source: 0 }));
    forger.occupant.send({ kind: MessageKind.error, destination, session });
  }
  forger.occupant.send({ kind: MessageKind.error, destination, session: 0 });
  await go();
  expect(heard).toEqual([]);

  for (const text of ["once", "twice"]) {
    forger.occupant.send(answer(text, { destination, session: 1 }));
  }
  honest.occupant.send(answer("true", { destination, session: 2 }));
  await go();

  expect(heard).toEqual(["once", "true"]);
});

test("cannot move a request that is not its own to itself", async () => {
  const { victim, forger, honest, go } = makeCast();
  const heard: unknown[] = [];
  void victim.api.call(forger.address, "lua", "ask");
  const asked = victim.api.call(honest.address, "lua", "ask");
  void asked.then((value: unknown) => heard.push(value));
  await go();
  const source = honest.occupant.received[0]?.source as number;

  forger.occupant.send({
    source,
    session: 2,
    destination: forger.address,
    flags: FrameFlag.redirected,
  });
  await go();
  forger.occupant.send(answer("forged", { destination: source, session: 2 }));
  await go();
  expect(heard).toEqual([]);
  honest.occupant.send(answer("true", { destination: source, session: 2 }));
  await go();

  expect(heard).toEqual(["true"]);
});
