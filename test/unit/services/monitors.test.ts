// Monitors: who is told of an end, and how many may wait.

import type { Address, Ended, Response } from "isonet";
import { describe, expect, test } from "vitest";
import { Monitors } from "../../../services/host/monitors.ts";
import { limits } from "../../../wire/limits.ts";

const [first, second, third] = [0x0100_0101, 0x0100_0102, 0x0100_0103] as Address[] as [
  Address,
  Address,
  Address,
];

function endOf(address: Address): Ended {
  return { address, code: "MEMORY_LIMIT", text: "too much", restarts: false };
}

function makeMonitors(): { monitors: Monitors; told: unknown[]; wait: typeof wait } {
  const monitors = new Monitors();
  const told: unknown[] = [];
  const wait = (watcher: Address, target: Address): void =>
    monitors.add(target, watcher, () => {
      const respond = (_ok: boolean, ended: unknown): boolean => told.push([watcher, ended]) > 0;
      return Object.assign(respond, { isWanted: () => true }) as Response;
    });
  return { monitors, told, wait };
}

describe("monitors", () => {
  test("are told once each, those of others not at all", () => {
    const { monitors, told, wait } = makeMonitors();
    wait(first, third);
    wait(second, third);
    wait(first, second);

    monitors.tell(endOf(third));
    monitors.tell(endOf(third));

    expect(told).toEqual([
      [first, endOf(third)],
      [second, endOf(third)],
    ]);
  });

  test("of a service that has ended itself are forgotten", () => {
    const { monitors, told, wait } = makeMonitors();
    wait(first, third);
    wait(second, third);

    monitors.forgetWatcher(first);
    monitors.tell(endOf(third));

    expect(told).toEqual([[second, endOf(third)]]);
  });

  test("beyond monitorsMax are refused, of one service and by one, until some are told", () => {
    const { monitors, wait } = makeMonitors();
    for (let count = 0; count < limits.monitorsMax; count++) wait(first, third);

    expect(() => wait(second, third)).toThrow(/:01000103 has 1024 monitors that wait for it/);
    expect(() => wait(first, second)).toThrow(/:01000101 has 1024 monitors of its own/);
    monitors.tell(endOf(third));
    wait(first, third);
  });
});
