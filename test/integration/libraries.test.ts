// Libraries: what a service may import besides "isonet", in a shard and in a cell.

import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const texts = `
import { commands } from "isonet";
import { bytesOf, joinBytes, textOf } from "isonet/bytes";
commands({ twice: (text: string) => textOf(joinBytes([text, "-", bytesOf(text)])) });
`;
const stranger = 'import { open } from "isonet/files";';
const escaping = 'import { open } from "isonet/../../secrets";';

test("a service imports a library, and is told which there are when it is none", async () => {
  await using kit = await startHost({ texts, stranger, escaping });
  const { isonet } = kit;

  const trusted = await isonet.newService("texts");
  const untrusted = await isonet.newService("texts", { trust: "untrusted", owner: "ann" });

  for (const address of [trusted, untrusted]) {
    expect(await isonet.call(address as never, "lua", "twice", "naïve")).toBe("naïve-naïve");
  }
  for (const [name, specifier] of [
    ["stranger", "isonet/files"],
    ["escaping", "isonet/../../secrets"],
  ] as const) {
    await expect(isonet.newService(name)).rejects.toMatchObject({
      message: expect.stringMatching(
        `there is no library "${specifier}"; .*isonet/bytes`,
      ) as string,
    });
  }
});
