// replies twice and thrice
isonet.ret(isonet.pack(1)); try { isonet.ret(isonet.pack(2)); } catch {} try { isonet.retPack(3); } catch {} const r = isonet.response(); r(true, 4); r(true, 5);
