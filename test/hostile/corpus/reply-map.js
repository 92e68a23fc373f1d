// a reply whose Map iterates without end
class M extends Map { *[Symbol.iterator]() { for (let i = 0; ; i++) yield [i, i]; } *entries() { for (let i = 0; ; i++) yield [i, i]; } forEach(f) { for (let i = 0; ; i++) f(i, i); } } return new M([[1, 2]]);
