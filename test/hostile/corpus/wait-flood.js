// waits and queues without end
const q = isonet.queue(); for (;;) { isonet.wait({}).catch(() => {}); q(() => isonet.wait({})).catch(() => {}); }
