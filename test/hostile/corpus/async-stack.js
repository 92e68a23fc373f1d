// async functions that call each other for a deep async stack
async function f(n) { await null; return n === 0 ? new Error("deep").stack : f(n - 1); } await Promise.all(Array.from({ length: 1000 }, () => f(1000)));
