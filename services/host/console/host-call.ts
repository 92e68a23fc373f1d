// Host call: the console's way to the host's own services, whose errors come under their own codes.
// Shard 0. Used by the commands; a guest's errors stay REMOTE_FAULT, whatever code they bring.
// Invariant: only what a service of the host has thrown is told as the host's own error.

import type { Commands, ServiceHandle } from "isonet";
import { asThrown } from "../../../wire/coded-error.ts";
import type { Isonet } from "./command.ts";

type AnyCommands = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

export function hostService<T extends Commands>(
  isonet: Isonet,
  name: `.${string}`,
  timeoutMs: number,
): ServiceHandle<T> {
  const handle = isonet.service<T>({ to: name, timeoutMs });
  const commands = handle.call as unknown as AnyCommands;
  const call = new Proxy(commands, {
    get:
      (_, command: string) =>
      async (...args: unknown[]) => {
        try {
          return await commands[command]?.(...args);
        } catch (error) {
          throw asThrown(error);
        }
      },
  });
  return { ...handle, call: call as unknown as typeof handle.call };
}
