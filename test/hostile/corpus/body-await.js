// a module body that waits for ever
// phase: body
await new Promise(() => {});
