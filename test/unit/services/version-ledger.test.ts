// Version ledger: a service that starts once more gets the text that it ran last.

import type { Address } from "isonet";
import { expect, test } from "vitest";
import type { LaunchOrder } from "../../../services/host/launch-order.ts";
import { VersionLedger } from "../../../services/host/version-ledger.ts";
import { limits } from "../../../wire/limits.ts";

const address = 0x0100_0101 as Address;
const order = { address, name: "agent", file: "/a.ts", root: "/" } as LaunchOrder;

function ledgerOf(file: { text: string }, warnings: string[] = []): VersionLedger {
  let nowMs = 5;
  return new VersionLedger({
    read: () => file.text,
    hash: (text) => `#${text}`,
    nowMs: () => nowMs++,
    warn: (_, text) => warnings.push(text),
  });
}

test("a service that was changed starts with its last text, any other with its file", () => {
  const file = { text: "one" };
  const ledger = ledgerOf(file);

  expect(ledger.starting(order).mainText).toBeUndefined();
  file.text = "two";
  expect(ledger.starting(order).mainText).toBeUndefined();
  expect(ledger.versionOf(address)).toBe("#two");
  expect(ledger.remarkOf(address)).toBe("");
  ledger.changed(address, "three", "live");
  file.text = "four";

  expect(ledger.starting(order).mainText).toBe("three");
  expect(ledger.remarkOf(address)).toBe(" [hotfix #three]");
  expect(ledger.orderOf(address)?.mainText).toBe("three");
});

test("going back leads to the version before, and no further than to the first", () => {
  const ledger = ledgerOf({ text: "one" });
  ledger.starting(order);
  ledger.changed(address, "two", "live");

  expect(ledger.before(address)?.text).toBe("one");
  ledger.changed(address, "one", "reverted");

  expect(ledger.versionOf(address)).toBe("#one");
  expect(ledger.before(address)).toBeUndefined();
  expect(ledger.starting(order).mainText).toBe("one");
});

test("keeps so many versions of a service, and none of one that has ended", () => {
  const ledger = ledgerOf({ text: "0" });
  ledger.starting(order);
  for (let index = 1; index <= 2 * limits.versionsMax; index++) {
    ledger.changed(address, String(index), "replaced");
  }

  expect(ledger.linesOf(address)).toHaveLength(limits.versionsMax);
  expect(ledger.ofModule("agent")).toEqual([address]);
  ledger.forget(address);
  expect(ledger.ofModule("agent")).toEqual([]);
});

test("patches of a snax service's methods lie on top of its text, until it starts anew", () => {
  const warnings: string[] = [];
  const ledger = ledgerOf({ text: "one" }, warnings);
  ledger.starting(order);
  ledger.methodsPatched(address, "p");
  ledger.changed(address, "two", "live");
  expect(ledger.methodsPatched(address, "q")).toBe("#q");

  expect(ledger.linesOf(address).map(({ version, how }) => `${how} ${version}`)).toEqual([
    "start #one",
    "snax #p",
    "live #two",
    "snax #q",
  ]);
  expect(ledger.presentLinesOf(address).map(({ version }) => version)).toEqual([
    "#two",
    "#p",
    "#q",
  ]);
  expect(ledger.remarkOf(address)).toBe(" [hotfix #two] [snax patch #q]");
  expect(ledger.before(address)?.text).toBe("one");
  expect(warnings).toEqual([]);

  expect(ledger.starting(order).mainText).toBe("two");
  expect(ledger.presentLinesOf(address).map(({ version }) => version)).toEqual(["#two"]);
  expect(warnings).toEqual([
    expect.stringContaining("without the snax patches that it had (#p, #q)"),
  ]);
  ledger.startedAnew(address);
  expect(warnings).toHaveLength(1);
});

test("keeps so many patches of a service", () => {
  const ledger = ledgerOf({ text: "0" });
  ledger.starting(order);
  for (let index = 1; index <= limits.versionsMax + 1; index++) {
    ledger.methodsPatched(address, String(index));
  }

  expect(ledger.presentLinesOf(address)).toHaveLength(1 + limits.versionsMax);
  expect(ledger.presentLinesOf(address)[1]?.version).toBe("#2");
});
