// chance of the host: as much as it gives at once, and counts that it must refuse
const counts = [4096, 4097, -1, 0.5, NaN, 2 ** 53, "8", null, [], {}];
await Promise.all(Array.from({ length: 2000 }, (_, i) => isonet.call(0x0100000a, "lua", "bytes", counts[i % 10]).catch((e) => e.code)));
