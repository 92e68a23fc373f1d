// its own memory limit set in every way
// phase: body
for (const n of [NaN, -1, 0, 2 ** 60, Infinity, {}, 1n]) { try { isonet.memLimit(n); } catch {} } let a = []; for (;;) a.push(new Array(1000).fill({}));
