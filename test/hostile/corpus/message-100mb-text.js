// a call with texts of 100 MB
await isonet.call(isonet.self(), "lua", "ping", Array.from({ length: 100 }, (_, i) => "x".repeat(1e6) + i));
