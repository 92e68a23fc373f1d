// services without end
const flood = []; for (let i = 0; i < 1000; i++) flood.push(isonet.newService("innocent").catch((e) => e.code)); await Promise.all(flood); throw new Error("launched: " + new Set(await Promise.all(flood)).size);
