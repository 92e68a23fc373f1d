// sends without end, a thousand a turn
const flood = async () => { for (;;) { for (let i = 0; i < 1000; i++) { try { isonet.send(isonet.self(), "lua", "ping", "x".repeat(100)); } catch {} } await isonet.sleep(0); } }; flood();
