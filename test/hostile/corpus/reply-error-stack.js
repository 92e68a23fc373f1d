// an error with an endless getter for its stack
const e = new Error("x"); Object.defineProperty(e, "stack", { get() { for (;;); } }); throw e;
