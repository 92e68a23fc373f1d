// the global object frozen, emptied and replaced
for (const k of Reflect.ownKeys(globalThis)) { try { delete globalThis[k]; } catch {} } try { Object.freeze(globalThis); Object.setPrototypeOf(globalThis, null); } catch {}
