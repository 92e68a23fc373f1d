// Message server model: the reference's algorithm for handshakes, sessions and cached answers
// (§6.6) on a TCP port, with connections that are cut at any moment.
// Test processes only. Written from the reference, beside the real one.
// Invariant: `executions` has every content that the handler was run with, as often as it was.

import { hmacHash } from "../../wire/crypt/hmac64.ts";
import type { Random } from "./random.ts";
import { ScriptedServer, type ScriptedPeer } from "./scripted-server.ts";

type Entry = {
  returnTo: ScriptedPeer | undefined;
  answer: string | undefined;
  version: number | undefined;
  index: number;
};

export type ModelOptions = {
  readonly secret: Uint8Array;
  readonly random: Random;
  /** That a connection is cut, at each of several places for each request. */
  readonly cutProbability: number;
  readonly expiredNumber?: number;
};

export class MessageServerModel {
  readonly server: ScriptedServer;
  readonly executions: string[] = [];
  /** What the reference calls an error of the client's. */
  readonly conflicts: number[] = [];
  readonly #options: ModelOptions;
  readonly #cache = new Map<number, Entry>();
  /** Index of the latest handshake. */
  #version = 0;
  #index = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.server = new ScriptedServer((peer) => this.#serve(peer));
  }

  async #serve(peer: ScriptedPeer): Promise<void> {
    const [name = "", index = "", hash = ""] = (await peer.frame()).toString().split(":");
    const proof = Buffer.from(hmacHash(this.#options.secret, `${name}:${index}`));
    if (Number(index) <= this.#version) peer.sayFrame("403 Index Expired");
    else if (proof.toString("base64") !== hash) peer.sayFrame("401 Unauthorized");
    else {
      const isFirst = this.#version === 0;
      this.#version = Number(index);
      if (!isFirst && this.#isCut(peer)) return; // accepted, and the client does not know
      peer.sayFrame("200 OK");
      await this.#requests(peer).catch(() => {}); // it has ended
      return;
    }
    peer.end();
  }

  async #requests(peer: ScriptedPeer): Promise<void> {
    for (;;) {
      const { content, session } = await peer.request();
      if (this.#isCut(peer)) return;
      void this.#request(peer, content, session);
    }
  }

  async #request(peer: ScriptedPeer, content: string, session: number): Promise<void> {
    let entry = this.#cache.get(session);
    if (entry !== undefined && entry.version === this.#version) {
      if (entry.answer === undefined) {
        this.conflicts.push(session);
        peer.destroy();
        return;
      }
      entry = undefined;
    }
    if (entry === undefined) {
      entry = { returnTo: peer, answer: undefined, version: undefined, index: 0 };
      this.#cache.set(session, entry);
      entry.answer = await this.#execute(content);
    } else {
      entry.returnTo = peer;
      if (entry.answer === undefined) {
        entry.version = this.#version;
        return;
      }
    }
    entry.version = this.#version;
    entry.index = this.#index++;
    if (entry.returnTo !== undefined && !this.#isCut(entry.returnTo)) {
      entry.returnTo.sayAnswer(entry.answer, session);
    }
    entry.returnTo = undefined;
    this.#retire();
  }

  async #execute(content: string): Promise<string> {
    this.executions.push(content);
    for (let turns = this.#options.random.upTo(3); turns > 0; turns--) {
      await new Promise(setImmediate);
    }
    return content.toUpperCase();
  }

  #retire(): void {
    const { expiredNumber = 128 } = this.#options;
    if (this.#index < expiredNumber * 2) return;
    let last = 0;
    for (const [session, entry] of this.#cache) {
      entry.index -= expiredNumber;
      if (entry.answer !== undefined && entry.index < 0) this.#cache.delete(session);
      else last = Math.max(last, entry.index);
    }
    this.#index = last + 1;
  }

  #isCut(peer: ScriptedPeer): boolean {
    if (!this.#options.random.chance(this.#options.cutProbability)) return false;
    peer.destroy();
    return true;
  }
}
