// log lines of values that resist
const p = new Proxy({}, { get() { for (;;); }, ownKeys() { for (;;); } }); console.log(p, { toString() { for (;;); } }, Symbol("s"), "\u0000\u001b[2J\n\r:0000000a LAUNCH forged");
