// stringify of a graph that shares, doubling
let o = "x"; for (let i = 0; i < 40; i++) o = [o, o]; JSON.stringify(o);
