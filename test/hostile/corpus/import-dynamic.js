// dynamic imports of what the host has
for (const name of ["node:fs", "fs", "node:child_process", "isolated-vm", "file:///etc/passwd", "data:text/javascript,export default 1", "/etc/passwd"]) { let m; try { m = await import(name); } catch {} if (m) throw new Error("ESCAPED"); }
