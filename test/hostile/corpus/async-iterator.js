// an async iterator whose next gives rejected thenables
for await (const x of { [Symbol.asyncIterator]() { return { next: async () => ({ done: false, value: new Promise(() => { throw 1; }).catch(() => {}) }) }; } });
