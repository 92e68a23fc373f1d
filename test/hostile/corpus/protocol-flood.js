// protocols registered without end
for (let i = 0; ; i++) { try { isonet.registerProtocol({ name: "p" + i, id: i % 256, pack: () => { for (;;); }, unpack: () => { for (;;); }, dispatch: () => {} }); } catch {} }
