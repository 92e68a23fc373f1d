// a reply that is a revoked proxy
const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy;
