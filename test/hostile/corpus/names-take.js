// names of the host and of others
for (const n of [".launcher", ".logger", ".service", ".host", "launcher", "", ".", ".".repeat(1e5)]) { try { await isonet.register(n); } catch {} try { await isonet.name(n, isonet.self()); } catch {} }
