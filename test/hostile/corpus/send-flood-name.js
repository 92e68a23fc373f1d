// sends to the host services without end
for (let i = 0; ; i++) isonet.send(i % 2 ? ".launcher" : ".logger", "lua", "list", i);
