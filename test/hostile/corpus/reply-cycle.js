// a reply that contains itself
const a = []; a.push(a, new Map([[a, a]])); return a;
