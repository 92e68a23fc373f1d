// Slave: does the key work of one connection after another, for its master (reference §6.4).
// Guest: part of "isonet/loginserver". Called by the master with a connection, which it gives back.
// Invariant: a connection is abandoned to the master when its call ends, however that is.

import { cancel, timeout } from "isonet";
import { randomBytes } from "isonet/crypt";
import type { LoginConf } from "isonet/loginserver";
import * as socket from "isonet/socket";
import { gateLimits } from "../../wire/gate-limits.ts";
import { readUtf8 } from "../../wire/utf8.ts";
import { KeyPool } from "./key-pool.ts";
import { exchangeKeys, type KeyExchange, type LinePeer } from "./key-exchange.ts";

/** What a slave tells its master of one connection. */
export type Checked =
  | {
      readonly kind: "authorised";
      readonly server: string;
      readonly uid: string;
      readonly secret: Uint8Array;
    }
  | { readonly kind: "refused"; readonly text: string }
  /** It has ended. */
  | { readonly kind: "lost"; readonly text: string };

const tickMs = 10;
const pool = new KeyPool(randomBytes);

/** Fails when there are no keys to be had: the connection is the master's as before. */
export async function check(fd: number, peer: string, conf: LoginConf): Promise<Checked> {
  const { handshakeMs = gateLimits.handshakeMs } = conf;
  console.log(`connect from ${peer} (fd = ${fd})`);
  const keys = await pool.take();
  try {
    await socket.start(fd);
  } catch (error) {
    return { kind: "lost", text: textOf(error) };
  }
  let isLate = false;
  const onLate = (): void => {
    isLate = true;
    socket.shutdown(fd);
  };
  const timer = handshakeMs > 0 ? timeout(Math.ceil(handshakeMs / tickMs), onLate) : undefined;
  try {
    socket.limit(fd, gateLimits.loginBytesMax);
    const exchange = await exchangeKeys(lines(fd), keys);
    if (exchange.kind !== "lost") return await authorised(exchange, conf);
    return { kind: "lost", text: isLate ? `no login in ${handshakeMs} ms` : "socket error" };
  } finally {
    if (timer !== undefined) cancel(timer);
    socket.abandon(fd);
  }
}

async function authorised(
  exchange: Exclude<KeyExchange, { readonly kind: "lost" }>,
  conf: LoginConf,
): Promise<Checked> {
  if (exchange.kind === "refused") return { kind: "refused", text: textOf(exchange.error) };
  const { token, secret } = exchange;
  try {
    const { server, uid } = await conf.authHandler(readUtf8(token, 0, token.length), token);
    return { kind: "authorised", server, uid, secret };
  } catch (error) {
    return { kind: "refused", text: textOf(error) };
  }
}

function lines(fd: number): LinePeer {
  return {
    readLine: async () => {
      try {
        return await socket.readLine(fd);
      } catch {
        return undefined; // READ_LIMIT, or closed: gone in either case
      }
    },
    write: (text) => socket.write(fd, text),
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
