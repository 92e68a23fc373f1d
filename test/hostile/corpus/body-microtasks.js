// a module body with microtasks without end
// phase: body
(function f() { Promise.resolve().then(f); })(); await new Promise(() => {});
