// timers that set two of themselves
const f = () => { try { isonet.timeout(0, f); isonet.timeout(0, f); } catch {} }; f();
