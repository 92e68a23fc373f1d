// services of paths outside
for (const name of ["../../../../etc/passwd", "/etc/passwd", "..\\x", "innocent\0.ts", "x".repeat(1e6), "%2e%2e/host"]) { const a = await isonet.newService(name).catch(() => undefined); if (a !== undefined) throw new Error("ESCAPED"); }
