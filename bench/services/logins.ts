// Logins: a login server that lets everybody in whose password is right.

import { textOf } from "isonet/bytes";
import { base64Decode } from "isonet/crypt";
import { login } from "isonet/loginserver";

let port = 0;
let subid = 0;

login({
  host: "127.0.0.1",
  port: 0,
  authHandler: (token) => {
    const parts = /^([^@]+)@([^:]+):(.+)$/.exec(token)?.slice(1) ?? [];
    const [uid = "", server = "", password] = parts.map((part) => textOf(base64Decode(part)));
    if (password !== "password") throw new Error("Invalid password");
    return { uid, server };
  },
  loginHandler: () => ++subid,
  commandHandler: () => port,
  listenHandler: (_host, at) => {
    port = at;
  },
});
