// microtasks that make two of themselves
(function f() { Promise.resolve().then(f); Promise.resolve().then(f); })();
