// names without end
const all = []; for (let i = 0; i < 1e5; i++) all.push(isonet.register(".flood-" + i).catch((e) => e.code)); await Promise.all(all);
