// Runs in the scope of counter.ts: `count` and `step` are its own variables, not copies.
// isonet inject .counter examples/hot-inject/inject/faster.js 10

print(`count is ${count}, step is ${step}`);
step = Number(args[0] ?? 10);
print(`step is ${step} from here on`);
