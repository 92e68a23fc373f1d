// a SharedArrayBuffer through WebAssembly
const m = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }); const S = m.buffer.constructor; if (new S(8).byteLength === 8 && isonet.leak) throw new Error("ESCAPED"); m.grow(60000); new Uint8Array(m.buffer).fill(1);
