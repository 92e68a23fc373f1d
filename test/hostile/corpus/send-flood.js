// sends to itself without end
for (let i = 0; ; i++) isonet.send(isonet.self(), "lua", "ping", i);
