// threads without end
for (;;) isonet.fork(() => isonet.sleep(1e6));
