// a message of 100 MB
isonet.send(isonet.self(), "lua", "ping", new Uint8Array(1e8));
