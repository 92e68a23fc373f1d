// recursion through getters, setters and sort
const o = { get x() { return [3, 2, 1].sort(() => o.x); } }; o.x;
