// a reply whose keys have no end
return new Proxy({}, { ownKeys() { for (;;); }, get() { for (;;); } });
