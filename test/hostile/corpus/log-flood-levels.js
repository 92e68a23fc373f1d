// log lines of every level, of objects too
for (let i = 0; ; i++) { for (const level of ["debug", "log", "info", "warn", "error", "trace"]) console[level]("flood", i, { a: [i] }); isonet.error("x".repeat(1e6)); console.assert(false, "y"); }
