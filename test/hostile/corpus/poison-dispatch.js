// a dispatcher that does not come back, for every protocol
for (const p of ["lua", "system", "response", "error", "debug", "text"]) { try { isonet.dispatch(p, () => { for (;;); }); } catch {} } isonet.send(isonet.self(), "lua", "x"); isonet.send(isonet.self(), "text", "x");
