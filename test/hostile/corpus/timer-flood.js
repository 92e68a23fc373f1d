// timers without end
for (let i = 0; ; i++) isonet.timeout(i % 1000, () => {});
