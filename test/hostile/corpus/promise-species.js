// Promise with a species that recurses
class P extends Promise { static get [Symbol.species]() { return P; } then(a, b) { return super.then(a, b).then(a, b); } } await P.resolve(1);
