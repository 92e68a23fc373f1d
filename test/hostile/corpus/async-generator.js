// an async generator without end
async function* g() { for (;;) yield await 1; } for await (const x of g());
