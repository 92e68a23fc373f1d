// destructuring and spread of an iterator without end
const [...all] = { *[Symbol.iterator]() { for (let i = 0; ; i++) yield "item " + i; } };
