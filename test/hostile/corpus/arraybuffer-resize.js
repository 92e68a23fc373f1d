// an ArrayBuffer that is resized and moved
const kept = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 2 ** 28 }); b.resize(2 ** 28); new Uint8Array(b).fill(1); kept.push(b.transfer(2 ** 28)); }
