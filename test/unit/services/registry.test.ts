// Registry: names and settings, with a name table of a test's own and no shard to tell.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { CallerRights } from "../../../services/host/caller-rights.ts";
import { Launched } from "../../../services/host/launched.ts";
import { Registry } from "../../../services/host/registry.ts";
import { NameTable } from "../../../src/kernel/names.ts";
import { limits } from "../../../wire/limits.ts";

const alive = 0x0100_0101 as Address;
const dead = 0x0100_0102 as Address;

type Commands = Record<string, (...args: unknown[]) => unknown>;

/** The registry's commands; `names` of it are taken already. */
function makeRegistry(names = 0): Commands {
  let commands: Commands = {};
  const table = new NameTable();
  for (let index = 0; index < names; index++) table.bind(`.n${index}`, alive);
  const isonet = {
    commands: (registered: Commands) => {
      commands = registered;
      return registered;
    },
    context: () => undefined,
    address: (address: number) => `:${address.toString(16).padStart(8, "0")}`,
  };
  void new Registry(isonet as unknown as typeof Isonet, {
    controls: new Map(),
    names: table,
    isAlive: (address) => address === alive,
    env: { mode: "test" },
    rights: new CallerRights({
      launched: new Launched(),
      isHostOwn: () => true,
      resolveName: () => undefined,
      namesOf: () => [],
    }),
  });
  return commands;
}

describe("registry", () => {
  test("takes the last name of namesMax, and refuses the one after it with NAMES_FULL", async () => {
    const { register } = makeRegistry(limits.namesMax - 1);

    await expect(register?.(".last", alive)).resolves.toBeUndefined();
    await expect(register?.(".more", alive)).rejects.toMatchObject({ code: "NAMES_FULL" });
  });

  test.each(["", ".", ":0100000c", "a b", "12", "x".repeat(limits.nameBytesMax + 1), 7])(
    "refuses %j as a name",
    async (name) => {
      const { register } = makeRegistry();

      await expect(register?.(name, alive)).rejects.toMatchObject({ code: "NAME_INVALID" });
    },
  );

  test("refuses a name for a service that has ended", async () => {
    const { register } = makeRegistry();

    await expect(register?.(".gone", dead)).rejects.toMatchObject({ code: "ADDRESS_DEAD" });
  });

  test("keeps a setting as it was first made", () => {
    const { getEnv, setEnv } = makeRegistry();

    setEnv?.("level", "7");

    expect([getEnv?.("mode"), getEnv?.("level"), getEnv?.("none")]).toEqual([
      "test",
      "7",
      undefined,
    ]);
    expect(() => setEnv?.("mode", "other")).toThrow("Can't setenv exist key : mode");
  });

  test.each([
    ["", "value"],
    ["two words", "value"],
    ["key", 7],
  ])("refuses the setting %j of %j", (key, value) => {
    const { setEnv } = makeRegistry();

    expect(() => setEnv?.(key, value)).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });
});
