// Client: asks the store each of its arguments and prints what it answers.
// Run: node examples/simpledb/client.ts 8890 "set colour red" "get colour". It needs nothing of
// isonet.

import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";

const [port = "8890", ...commands] = process.argv.slice(2);
const socket = connect(Number(port), "127.0.0.1");
await once(socket, "connect");
for (const command of commands) socket.write(`${command}\n`);
socket.end();
for await (const line of createInterface({ input: socket })) process.stdout.write(`${line}\n`);
