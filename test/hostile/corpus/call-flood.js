// calls without end
for (;;) isonet.call(isonet.self(), "lua", "ping").catch(() => {});
