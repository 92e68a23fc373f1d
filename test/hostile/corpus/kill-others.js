// the end of every service it can name
for (let a = 0x01000100; a < 0x01000140; a++) { if (a !== isonet.self()) isonet.kill(a).catch(() => {}); } isonet.kill(".launcher").catch(() => {}); await isonet.sleep(5);
