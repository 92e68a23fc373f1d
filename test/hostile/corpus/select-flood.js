// requests of a set without end
const s = isonet.request(); for (let i = 0; i < 1e5; i++) s.add({ target: isonet.self(), values: ["ping"] }); for await (const r of s.select(100)) { }
