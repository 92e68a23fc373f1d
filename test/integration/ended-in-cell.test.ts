// Calls that are on their way into a cell when the service they are for ends: each is answered.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const script = `
import { commands, exit } from "isonet";
commands({ echo: (value) => value, leave: () => exit() });
`;

const lives = 12;
const callersEach = 10; // each is a stranger to the service: only its one call tells of it
const timeoutMs = 4000;

function stranger({ host }: TestHost, name: string): typeof Isonet {
  let api: typeof Isonet | undefined;
  host.addHostService(name, (isonet) => {
    api = isonet;
  });
  return api as unknown as typeof Isonet;
}

test("a first call to an untrusted service that ends meanwhile fails with ADDRESS_DEAD", async () => {
  await using kit = await startHost({ script }, { cells: 1 });
  const codes: string[] = [];
  const ask = async (from: typeof Isonet, to: Address, command: string): Promise<void> => {
    try {
      await from.call({ to, timeoutMs }, "lua", command);
    } catch (error) {
      codes.push((error as { code: string }).code);
    }
  };
  const strangers = Array.from({ length: lives * callersEach }, (_, index) =>
    stranger(kit, `stranger-${index}`),
  );
  for (let life = 0; life < lives; life++) {
    const order = { name: "script", trust: "untrusted", owner: "ann" } as const;
    const to = (await kit.isonet.newService(order)) as Address;
    const calls = [ask(kit.isonet, to, "leave")];
    for (const from of strangers.splice(0, callersEach)) {
      calls.push(ask(from, to, "echo"));
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    await Promise.all(calls);
  }

  expect(new Set(codes)).toEqual(new Set(["ADDRESS_DEAD"]));
});
