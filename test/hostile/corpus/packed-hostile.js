// bodies that are not packed values
for (let i = 0; i < 2000; i++) { const b = new Uint8Array(64).map(() => Math.random() * 256); try { isonet.rawSend(isonet.self(), "lua", b); } catch {} try { isonet.unpack(b); } catch {} }
