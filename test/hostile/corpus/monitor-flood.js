// monitors and links of every address
const all = []; for (let i = 0; i < 1e5; i++) { all.push(isonet.monitor(0x01000100 + (i % 64)).catch((e) => e.code)); isonet.link(0x01000100 + (i % 64)).catch(() => {}); }
