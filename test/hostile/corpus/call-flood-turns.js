// calls without end, some each turn
const flood = async () => { for (;;) { for (let i = 0; i < 200; i++) isonet.call({ to: ".launcher", timeoutMs: 60000 }, "lua", "list").catch(() => {}); await isonet.sleep(1); } }; flood();
