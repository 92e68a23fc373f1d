// Life commands: starting and ending services, their names and settings.
// Shard 0. Through the launcher, the service manager and the registry.
// Invariant: a start or an end that did not happen is an error, and says why.

import type { Address } from "isonet";
import type { Answer } from "./answer.ts";
import { addressed, launcher, registry, serviceManager } from "./command.ts";
import type { CommandTable, Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import { failureOf } from "./answer.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import type { ErrorCode } from "../../../wire/error-codes.ts";

export const lifeCommands: CommandTable = {
  service: {
    usage: "",
    summary: "unique services, and who waits for one",
    access: "read",
    run: async ({ isonet }) => ({ result: await serviceManager(isonet).call.list() }),
  },
  names: {
    usage: "",
    summary: "names with their addresses",
    access: "read",
    run: async ({ isonet }) => ({ result: await registry(isonet).call.names() }),
  },
  start: {
    usage: "name [args…]",
    summary: "starts a service",
    access: "write",
    run: (invocation) => start(invocation, invocation.isonet.newService),
  },
  snax: {
    usage: "name [args…]",
    summary: "starts a snax service",
    access: "write",
    run: (invocation) =>
      start(invocation, async (name, ...args) => {
        const { handle } = await invocation.isonet.snax.newService(name, ...args);
        return handle;
      }),
  },
  log: {
    usage: "name [args…]",
    summary: "starts a service that is recorded, for isonet replay",
    access: "write",
    run: (invocation) =>
      start(invocation, (name, ...args) =>
        invocation.isonet.newService({ name, record: true }, ...args),
      ),
  },
  exit: {
    usage: "address",
    summary: "asks a service to exit by itself",
    access: "write",
    run: exit,
  },
  kill: {
    usage: "address",
    summary: "ends a service at once",
    access: "write",
    run: async (invocation) => {
      const address = await addressed(invocation);
      return {
        result: await launcher(invocation.isonet, consoleLimits.debugMs).call.kill(address),
      };
    },
  },
  getenv: {
    usage: "key",
    summary: "a setting of the host",
    access: "read",
    run: async ({ isonet, args }) => ({ result: await isonet.getEnv(args.required(0, "a key")) }),
  },
  setenv: {
    usage: "key value",
    summary: "sets what is not set yet",
    access: "write",
    run: async ({ isonet, args }) => {
      const key = args.required(0, "a key");
      args.required(1, "a value");
      await isonet.setEnv(key, args.words(1).join(" "));
      return { result: undefined };
    },
  },
};

type Start = (name: string, ...args: readonly unknown[]) => Promise<Address | undefined>;

async function start({ isonet, args }: Invocation, begin: Start): Promise<Answer> {
  const name = args.required(0, "the name of a service");
  let address;
  try {
    address = await begin(name, ...args.values(1));
  } catch (error) {
    const { code, text } = failureOf(error);
    throw new CodedError(code as ErrorCode, `Failed to start ${name}: ${text}`);
  }
  if (address === undefined) return { result: null, text: "Exit" };
  return { result: { [isonet.address(address)]: name } };
}

/** A service that exits cannot answer: that its end is reported is the answer. */
async function exit(invocation: Invocation): Promise<Answer> {
  const { isonet } = invocation;
  const to = await addressed(invocation);
  try {
    await isonet.call({ to, timeoutMs: consoleLimits.debugMs }, "debug", "EXIT");
  } catch (error) {
    const { code } = failureOf(error);
    if (code !== "ADDRESS_DEAD" && code !== "SERVICE_EXITED") throw error;
  }
  // The launcher hears of the end by the way this takes, behind it: a list from here on is without
  // the service.
  await launcher(isonet, consoleLimits.debugMs)
    .call.stat({ address: to })
    .catch(() => {});
  return { result: undefined };
}
