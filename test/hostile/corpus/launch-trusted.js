// a service of its own that is trusted
const a = await isonet.newService({ name: "innocent", trust: "trusted", owner: "operator", memoryMb: 16384 }).catch(() => undefined); if (a !== undefined) { await isonet.call(a, "lua", "echo", 1); } throw Object.assign(new Error("no more than that"), { code: "NOT_PERMITTED" });
