// finalizers that make more to finalize
const r = new FinalizationRegistry(() => { for (let i = 0; i < 1e4; i++) r.register({}, i); }); for (;;) { r.register({ a: new Array(1000) }, 1); new WeakRef({}); }
