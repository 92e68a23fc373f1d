// stacks of any length, of errors without end
Error.stackTraceLimit = Infinity; const kept = []; function f(n) { if (n > 0) f(n - 1); else kept.push(new Error("x".repeat(1e5)).stack); } for (;;) f(2000);
