// recursion through built-ins
const a = []; a.toString = () => String(a); Array.prototype.join.call([a], ","); `${a}`;
