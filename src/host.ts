// Host: one node, put together: shards on worker threads, shard 0 with the host's own services on
// this one.
// Main thread. Started by main.ts and by embedders; the composition root.
// Invariant: what start opened, stop closes in reverse, within seconds, whatever the guests do.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { selfTest } from "./engine/self-test.ts";
import type { Hotfix } from "../services/host/hotfix.ts";
import type { Containment } from "./containment.ts";
import { HostServices } from "./host-services.ts";
import { createLog, type Log } from "./log/log.ts";
import { resolveOptions, type HostOptions, type ResolvedOptions } from "./options.ts";
import { Shards } from "./shards.ts";

/** A port that something of the host listens on. */
export type HostListener = {
  readonly what: string;
  readonly host: string;
  readonly port: number;
  /** One line for whoever starts the host: what to try here first. */
  readonly hint?: string;
};

/** A host service's body: registers its handlers on the author API it is given. */
export type HostServiceBody = (isonet: typeof Isonet) => void;

export class Host {
  readonly options: ResolvedOptions;
  readonly log: Log;
  readonly #shards: Shards;
  readonly #services: HostServices;
  /** Where the host and its gates listen: what an operator is told at start. */
  readonly listeners: HostListener[] = [];
  readonly #closers: (() => Promise<void> | void)[] = [];
  readonly #isonet: typeof Isonet;
  #stopping: Promise<boolean> | undefined;

  private constructor(options: ResolvedOptions, log: Log) {
    this.options = options;
    this.log = log;
    this.#shards = new Shards(options, (shard, error) => this.#shardFailed(shard, error));
    this.#services = new HostServices(this.#shards, options, log);
    let isonet: typeof Isonet | undefined;
    this.#services.add("host", (service) => {
      isonet = service.api;
    });
    this.#isonet = isonet as unknown as typeof Isonet;
  }

  /**
   * Starts a host and resolves when its first service (option `start`) is ready.
   * Fails with CONFIG_INVALID, SELF_TEST_FAILED, PORT_IN_USE, and as newService does.
   */
  static async start(user: HostOptions = {}, directory?: string): Promise<Host> {
    const options = resolveOptions(user, directory);
    await selfTest();
    const host = new Host(options, await createLog(options.log));
    try {
      await host.#shards.cells.warm();
      await host.#openConsole();
      const { start } = options;
      if (start !== undefined) await host.#isonet.newService(start.name, ...start.args);
      return host;
    } catch (error) {
      await host.stop();
      throw error;
    }
  }

  async #openConsole(): Promise<void> {
    if (this.options.console === false) return;
    const server = await this.#services.openConsole(this.options.console);
    this.onStop(() => this.#services.devtools.closeAll("the host is shutting down"));
    this.onStop(() => server.close());
    const hint = `dashboard ${server.dashboardUrl()}`;
    this.listeners.push({ what: "console", ...(await server.address()), hint });
  }

  /** The author API of a service of the host's own: start services, call them, send to them. */
  get isonet(): typeof Isonet {
    return this.#isonet;
  }

  /** Strikes of the owners of untrusted services, and the records of what was stopped. */
  get containment(): Containment {
    return this.#services.containment;
  }

  /** Changes the code of running services, and knows which versions they run. */
  get hotfix(): Hotfix {
    return this.#services.hotfix;
  }

  /** Isolates of this host: one for each guest service, and those kept ready. */
  get isolates(): number {
    return this.#shards.isolates;
  }

  /**
   * Starts a service in the host's own realm, on shard 0, with all powers of the process: for gates
   * and the like.
   */
  addHostService(name: string, body: HostServiceBody): Address {
    return this.#services.add(name, (service) => body(service.api));
  }

  /** Has `close` run when the host stops, before its services end; the latest first. */
  onStop(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Opens the log's file anew, after logrotate has moved it away. */
  reopenLog(): void {
    this.log.reopen();
  }

  /**
   * Ends every service and every thread. False: a thread did not end in time; only the end of the
   * process ends it.
   */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<boolean> {
    for (const close of this.#closers.toReversed()) await close();
    this.#services.http.close();
    this.#services.sockets.stop();
    this.#services.launcher.stop();
    const hasStopped = await this.#shards.stop();
    await this.#services.helper.stop();
    this.#services.recordings.stop();
    const isLogged = await this.log.close();
    return hasStopped && isLogged;
  }

  /**
   * A shard's thread ended although nobody stopped it: its services are gone, and the host with
   * them.
   */
  #shardFailed(shard: number, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.write(50, ":00000000", "", `shard ${shard} has failed: ${text}`);
    void this.stop().then(() => process.exit(1));
  }
}
