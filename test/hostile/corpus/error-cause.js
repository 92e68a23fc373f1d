// a chain of causes without end
let e = new Error("0"); for (let i = 0; i < 1e6; i++) e = new Error("x", { cause: e }); e.errors = [e]; throw e;
