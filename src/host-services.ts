// Host services: the services of shard 0 that every host has, given the powers they need.
// Main thread. Built by host.ts.
// Invariant: each has its well-known address and its name before any guest starts.

import { randomBytes } from "node:crypto";
import type { Address } from "isonet";
import { startConsole, type ConsoleServer } from "../services/host/console/console.ts";
import { formatAddress, makeAddress, wellKnown, type ServiceAddress } from "../wire/address.ts";
import { limits } from "../wire/limits.ts";
import { CallerRights } from "../services/host/caller-rights.ts";
import { Debugging } from "../services/host/debugging.ts";
import { Devtools } from "../services/host/devtools/devtools.ts";
import { Launched } from "../services/host/launched.ts";
import { Containment } from "./containment.ts";
import { cellMoves } from "./cell-moves.ts";
import { Controls } from "./controls.ts";
import { hostControl } from "./host-control.ts";
import { hotfixPowers, makeLedger } from "./hotfix-powers.ts";
import { Hotfix } from "../services/host/hotfix.ts";
import { Http } from "../services/host/http/http.ts";
import { httpPowers } from "./http-powers.ts";
import { Launcher } from "../services/host/launcher.ts";
import type { LaunchOrder } from "../services/host/launch-order.ts";
import { logger, type LoggerPowers } from "../services/host/logger.ts";
import { Registry } from "../services/host/registry.ts";
import type { WebPowers } from "../services/host/web/web-powers.ts";
import { random } from "../services/host/random.ts";
import { Shadowing } from "../services/host/shadowing.ts";
import { Snax } from "../services/host/snax.ts";
import { Sockets } from "../services/host/sockets/sockets.ts";
import { ServiceManager } from "../services/host/service-manager.ts";
import { consolePowers } from "./console-powers.ts";
import { HelperPool } from "./shard/shard-pool.ts";
import { insightPowers } from "./insight.ts";
import { webPowers } from "./web-powers.ts";
import { hostFacts } from "./host-facts.ts";
import { FloodGate } from "./log/flood-gate.ts";
import type { Log } from "./log/log.ts";
import { listenForSockets } from "./net/websocket.ts";
import { Spans } from "./log/spans.ts";
import { Permits } from "./kernel/permits.ts";
import type { ConsoleOptions, ResolvedOptions } from "./options.ts";
import { randomSeeds, Recordings } from "./recordings.ts";
import { findService } from "./service-path.ts";
import { EventPost, netPowers } from "./socket-powers.ts";
import type { HostService } from "./shard/host-service.ts";
import type { Shards } from "./shards.ts";

const names: readonly [string, number][] = [
  [".logger", wellKnown.logger],
  [".launcher", wellKnown.launcher],
  [".registry", wellKnown.registry],
  [".service", wellKnown.serviceManager],
  [".hotfix", wellKnown.hotfix],
  [".snax", wellKnown.snax],
  [".http", wellKnown.http],
  [".socket", wellKnown.socket],
  [".random", wellKnown.random],
];

export class HostServices {
  readonly #shards: Shards;
  readonly #options: ResolvedOptions;
  readonly #controls: Controls;
  /** Every guest alive with its terms and permits: what the relay of cells asks for, too. */
  readonly launched = new Launched();
  readonly #rights: CallerRights;
  readonly #ownerLines = new FloodGate(limits.ownerLogLinesPerSecondMax);
  readonly #ledger: ReturnType<typeof makeLedger>;
  readonly launcher: Launcher;
  readonly hotfix: Hotfix;
  readonly registry: Registry;
  readonly manager: ServiceManager;
  readonly containment: Containment;
  readonly helper = new HelperPool();
  readonly debugging: Debugging;
  readonly devtools: Devtools;
  readonly recordings: Recordings;
  readonly http: Http;
  readonly sockets: Sockets;
  readonly #web: WebPowers;

  constructor(shards: Shards, options: ResolvedOptions, log: Log) {
    this.#shards = shards;
    this.#options = options;
    this.#controls = new Controls(shards);
    this.#ledger = makeLedger(shards.cells.sources, (address, text) =>
      shards.own.log("warn", address, text),
    );
    this.#rights = new CallerRights({
      launched: this.launched,
      isHostOwn: (address) => this.#isHostOwn(address),
      resolveName: (name) => shards.own.names.resolve(name),
      namesOf: (address) => shards.own.names.namesOf(address),
    });
    this.#addLogger(log);
    const control = this.#add("control.0", wellKnown.shardControl).api;
    this.recordings = this.#makeRecordings(control);
    this.launcher = new Launcher(
      this.#add("launcher", wellKnown.launcher).api,
      this.#launcherPowers(),
    );
    this.registry = new Registry(this.#add("registry", wellKnown.registry).api, {
      controls: this.#controls.ofShards,
      names: shards.own.names,
      isAlive: (address) => shards.directory.shardOf(address) >= 0,
      env: options.env,
      rights: this.#rights,
    });
    this.manager = new ServiceManager(this.#add("service", wellKnown.serviceManager).api, {
      callTimeoutMs: options.callTimeoutMs,
      rights: this.#rights,
    });
    this.hotfix = this.#makeHotfix();
    this.sockets = this.#makeSockets();
    const { api: httpApi } = this.#add("http", wellKnown.http);
    this.http = new Http(httpApi, httpPowers(shards, this.#rights));
    this.#add("random", wellKnown.random, ({ api }) => random(api, randomBytes));
    this.containment = this.#contain();
    this.debugging = this.#debug(control);
    this.devtools = new Devtools({
      at: options.devtools,
      debugging: this.debugging,
      listen: listenForSockets,
      log: (address, text) => shards.own.log("warn", address, text),
    });
    hostControl(control, {
      shards,
      controls: this.#controls.ofShards,
      launcher: this.launcher,
      launched: this.launched,
      containment: this.containment,
      debugging: this.debugging,
      recordings: this.recordings,
    });
    this.#guardCells();
    this.#web = webPowers({ shards, launched: this.launched, launcher: this.launcher, log });
    for (const [name, localId] of names) {
      this.registry.bindOwn(name, makeAddress(options.node, localId));
    }
  }

  #makeSockets(): Sockets {
    const { own } = this.#shards;
    const { node, shards: workers } = this.#options;
    const { deliver, deliverFrame } = new EventPost(own, node);
    const otherShards = Array.from({ length: workers }, (_, index) =>
      makeAddress(node, wellKnown.shardControl + 1 + index),
    );
    const { api } = this.#add("socket", wellKnown.socket);
    const sockets = new Sockets(api, {
      net: netPowers,
      rights: this.#rights,
      isAlive: (address) => this.#shards.directory.shardOf(address) >= 0,
      deliver,
      deliverFrame,
      otherShards,
      mailboxMaxOf: (address) =>
        this.launched.get(address)?.terms.mailboxDepthMax ?? limits.mailboxDepthMax,
      // Behind all that the event loop has to bring in this round: one message for many events.
      wake: () => void setImmediate(() => own.onWork()),
    });
    own.beforeRound = () => sockets.flush();
    return sockets;
  }

  #makeHotfix(): Hotfix {
    const powers = hotfixPowers({
      shards: this.#shards,
      controls: this.#controls,
      launcher: this.launcher,
      ledger: this.#ledger,
      launched: this.launched,
      orderFor: (place, order) => this.#orderFor(place, order),
      isHostOwn: (address) => this.#isHostOwn(address),
    });
    const { api } = this.#add("snax", wellKnown.snax);
    void new Snax(api, { ...powers, rights: this.#rights });
    return new Hotfix(this.#add("hotfix", wellKnown.hotfix).api, powers);
  }

  #add(
    name: string,
    localId: number,
    build: (service: HostService) => void = () => {},
  ): HostService {
    const { directory, own } = this.#shards;
    return own.addHostService(directory.occupy(localId, own.index), name, build);
  }

  /** Starts a host service of an embedder's at an address of its own. */
  add(name: string, build: (service: HostService) => void): Address {
    const { directory, own } = this.#shards;
    const address = directory.allocate(own.index);
    own.addHostService(address, name, build);
    return address;
  }

  /** Opens the operator's console. Fails with PORT_IN_USE, CONFIG_INVALID. */
  async openConsole(at: ConsoleOptions): Promise<ConsoleServer> {
    const shards = this.#shards;
    const { node, isolatesMax } = this.#options;
    const address = makeAddress(node, wellKnown.console);
    const { api } = this.#add("console", wellKnown.console);
    this.registry.bindOwn(".console", address);
    const server: ConsoleServer = startConsole(
      api,
      consolePowers({
        at,
        facts: () => hostFacts(shards, isolatesMax),
        containment: this.containment.powers(this.#options),
        insight: insightPowers({
          shards,
          controls: this.#controls,
          launched: this.launched,
          titleOf: (who) => this.launcher.titleOf(who),
          directory: this.#options.profileDirectory,
          messageBytesMax: this.#options.messageBytesMax,
          helper: this.helper,
        }),
        debug: this,
        recordings: this.recordings.powers(),
        shadowing: this.#makeShadowing(api),
        web: this.#web,
        dashboardUrl: () => server.dashboardUrl(),
        log: (level, text) => shards.own.log(level, address, text),
      }),
    );
    await server.address();
    return server;
  }

  #makeShadowing(isonet: HostService["api"]): Shadowing {
    return new Shadowing(isonet, {
      controls: this.#controls,
      placeOf: (address) => this.#shards.cells.homeOf(address),
      renew: (address, watch) => this.hotfix.renew(address, watch),
      seeds: randomSeeds,
    });
  }

  #addLogger(log: Log): void {
    this.#add("logger", wellKnown.logger, (service) => {
      const nameOf = (address: ServiceAddress): string => this.launcher.titleOf(address);
      logger(service.api, {
        write: (...line) => log.write(...line),
        lose: (...line) => log.lose(...line),
        nameOf,
        trace: spansOf(this.#options, this.#shards),
        mayWrite: (address) => this.#mayWrite(address),
      });
    });
  }

  #makeRecordings(control: HostService["api"]): Recordings {
    const shards = this.#shards;
    return new Recordings({
      folder: this.#options.recordPath,
      startTimeMs: shards.memory.startTimeMs,
      isCell: (place) => shards.isCell(place),
      log: (address, text) => shards.own.log("info", address, text),
      placeOf: (address) => shards.cells.homeOf(address),
      renew: (address, watch) => this.hotfix.renew(address, watch),
      logoff: (address) => this.#askControl<boolean>(control, address, "logoff"),
    });
  }

  /** Asks the control service of the shard or cell where a guest is. */
  async #askControl<T>(from: HostService["api"], address: Address, command: string): Promise<T> {
    const to = this.#controls.of(address, this.#shards.cells.homeOf(address));
    return (await from.call(to, "lua", command, address)) as T;
  }

  /** A guest that is down for a restart has its place here too: it is launched all the same. */
  #isHostOwn(address: Address): boolean {
    return (
      this.#shards.directory.shardOf(address) === 0 && this.launched.get(address) === undefined
    );
  }

  /** Looks at what comes out of cells. */
  #guardCells(): void {
    const { cells, own } = this.#shards;
    const permits = new Permits({
      names: own.names,
      permittedOf: (source) => this.launched.get(source),
      ownerOf: (address) => this.launched.get(address)?.owner,
      isHostOwn: (address) => this.#isHostOwn(address),
      isCaller: (source, destination) => cells.isCaller(source, destination),
    });
    cells.guard = (source, words, at) => {
      const refusal = permits.check(source, words, at);
      if (refusal !== undefined) this.launched.noteRefusal(source);
      return refusal;
    };
    this.launched.onLeft = (address) => {
      this.sockets.ended(address);
      this.http.ended(address);
    };
    this.launched.onEnded = (address) => {
      permits.forget(address);
      this.sockets.ended(address);
      this.http.ended(address);
      this.recordings.ended(address);
      this.#ledger.forget(address);
      this.containment.incidents.forget(formatAddress(address));
      void this.devtools.close(address, "the service has ended");
      this.debugging.ended(address);
    };
  }

  /** The untrusted services of one owner share its lines of each second. */
  #mayWrite(address: ServiceAddress): boolean {
    const service = this.launched.get(address);
    if (service === undefined || service.terms.isTrusted) return true;
    if (this.#ownerLines.admit(service.owner, performance.now())) return true;
    this.launched.noteRefusal(address);
    return false;
  }

  #launcherPowers(): ConstructorParameters<typeof Launcher>[1] {
    const shards = this.#shards;
    const { servicePath, startMsMax } = this.#options;
    return {
      controls: this.#controls,
      find: (name) => findService(name, servicePath),
      place: ({ isTrusted, owner }, near) =>
        isTrusted ? shards.place(near) : this.containment.place(owner),
      clearSources: () => shards.cells.sources.clear(),
      orderFor: (place, order) => {
        const starting = this.#ledger.starting(order);
        return this.#orderFor(place, this.recordings.orderFor(place, starting));
      },
      remarkOf: (address) => this.#ledger.remarkOf(address),
      resolveName: (name) => shards.own.names.resolve(name),
      allocate: (place, owner) => shards.allocate(place, owner),
      release: (address) => shards.release(address),
      shardOf: (address) => shards.directory.shardOf(address),
      interrupt: (address, how) => shards.interrupt(address, how),
      move: (address, place, owner) => shards.move(address, place, owner),
      suspend: (address) => shards.suspend(address),
      wasAllocated: (address) => shards.directory.wasAllocated(address),
      forgetNames: (address) => this.registry.ended(address),
      nowMs: () => performance.now(),
      random: () => Math.random(),
      startMsMax,
      defaults: this.#options,
      rights: this.#rights,
      launched: this.launched,
      cells: cellMoves(shards, () => this.launcher),
      log: (address, text, level) => shards.own.log(level ?? "info", address, text),
    };
  }

  #debug(isonet: HostService["api"]): Debugging {
    const shards = this.#shards;
    return new Debugging(isonet, {
      messageBytesMax: this.#options.messageBytesMax,
      interrupt: (address) => shards.interrupt(address, "interrupt"),
      log: (address, text) => shards.own.log("warn", address, text),
      placeOf: (address) => {
        const place = shards.directory.shardOf(address);
        return { place, control: this.#controls.of(address, place) };
      },
    });
  }

  /** A cell asks for the texts itself. */
  #orderFor(place: number, order: LaunchOrder): LaunchOrder {
    const { cells } = this.#shards;
    if (!this.#shards.isCell(place)) return order;
    const { modules: _, root: __, mainText: ___, ...rest } = order;
    return { ...rest, root: "", file: cells.sources.open(order.address, order) };
  }

  #contain(): Containment {
    const { cells, own } = this.#shards;
    return new Containment({
      cells,
      titleOf: (address) => this.launcher.titleOf(address),
      endOwner: (owner, text) => this.launcher.endOwner(owner, text),
      log: (level, address, text) => own.log(level, address, text),
    });
  }
}

function spansOf({ spans }: ResolvedOptions, { memory }: Shards): LoggerPowers["trace"] {
  if (!spans) return undefined;
  const made = new Spans(memory.startTimeMs);
  return (...line) => made.take(...line);
}
