// a chain of a million promises
let p = Promise.resolve(); for (let i = 0; i < 3e6; i++) p = p.then(() => i); await p;
