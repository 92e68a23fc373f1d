// a message that changes while it is packed
const a = [1, 2, 3]; Object.defineProperty(a, 1, { get() { a.length = 2 ** 31; return a; }, enumerable: true }); isonet.send(isonet.self(), "lua", a, { get x() { return { ...this }; } });
