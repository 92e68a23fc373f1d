// Login load: clients that log in, in a process of their own. Arguments: port, logins, how many at
// a time. Prints logins per second; fails when one is refused.

import { login } from "../client/index.ts";

const [port = 0, logins = 0, atOnce = 1] = process.argv.slice(2).map(Number);
let next = 0;

async function play(): Promise<void> {
  while (next < logins) {
    const user = `player${next++}`;
    await login({ host: "127.0.0.1", port, user, server: "sample", password: "password" });
  }
}

const startMs = performance.now();
await Promise.all(Array.from({ length: atOnce }, play));
process.stdout.write(`${(logins * 1000) / (performance.now() - startMs)}\n`);
