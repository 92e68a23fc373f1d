// Promise.all over an iterable without end
await Promise.all({ *[Symbol.iterator]() { for (;;) yield Promise.resolve(1); } });
