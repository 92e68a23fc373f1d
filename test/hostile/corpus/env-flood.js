// settings without end
const all = []; for (let i = 0; i < 2e4; i++) all.push(isonet.setEnv("flood" + i, "x".repeat(1000)).catch((e) => e.code)); await Promise.all(all);
