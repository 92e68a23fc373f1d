// Poisoned cases: what an isolate does with the wire before and after its built-ins are poisoned.
// Evaluated in the isolate of test/kit/poisoned-isolate.ts. Fed with examples by the host.
// Invariant: `check` calls nothing but the wire, its own functions and operators.

/* global wire -- the bundle of wire/ */

const made = [];

/** Keeps the examples, made as long as there were built-ins to make them with. */
globalThis.prepare = (cases) => {
  for (const { expression, hex, values } of cases) {
    const bytes = hex === "" ? [] : hex.split(" ").map((byte) => Number.parseInt(byte, 16));
    made.push({ expression, values, bytes });
  }
  made.push({ expression: "shared", shared: new Uint8Array(new SharedArrayBuffer(400_000)) });
};

/** Names of what is wrong, each with a semicolon behind it. */
globalThis.check = () => {
  let failures = "";
  const shared = made[made.length - 1].shared;
  for (let index = 0; index < made.length - 1; index++) {
    const { expression, values, bytes } = made[index];
    try {
      if (!isSame(wire.encode(values), bytes, 0)) failures += `${expression} packed;`;
      const end = wire.encodeInto(values, shared, 24);
      if (end !== bytes.length + 24 || !isSame(shared, bytes, 24))
        failures += `${expression} into;`;
      const read = wire.decode(shared, 24, end);
      if (!isSame(wire.encode(read), bytes, 0)) failures += `${expression} read;`;
      const whole = wire.decode(wire.encode(values));
      if (whole.length !== values.length) failures += `${expression} read whole;`;
    } catch (error) {
      failures += `${expression}: ${error.message};`;
    }
  }
  return failures + checkRefusals() + checkTexts();
};

function isSame(actual, expected, at) {
  for (let index = 0; index < expected.length; index++) {
    if (actual[at + index] !== expected[index]) return false;
  }
  return true;
}

function failureOf(run) {
  try {
    run();
    return "none";
  } catch (error) {
    return `${error.code} ${error.message}`;
  }
}

function checkRefusals() {
  const { encode, decode } = wire;
  const shared = made[made.length - 1].shared;
  let failures = "";
  const packed = failureOf(() => encode([1, { units: [{}, { onHit: () => 1 }] }]));
  if (packed !== "PACK_UNSUPPORTED value 1.units[1].onHit: a function cannot be sent") {
    failures += `${packed};`;
  }
  const itself = [];
  itself[0] = itself;
  const deep = failureOf(() => encode(itself));
  if (deep[0] !== "P" || deep[5] !== "T") failures += `${deep};`;
  shared[0] = 0xc1;
  const malformed = failureOf(() => decode(shared, 0, 1));
  if (malformed !== "UNPACK_MALFORMED byte 1 of the body: 0xc1 is no tag") {
    failures += `${malformed};`;
  }
  return failures;
}

function checkTexts() {
  const { encodeFault, decodeFault, formatAddress, parseAddress } = wire;
  let failures = "";
  const fault = decodeFault(encodeFault("NAME_TAKEN", "the name € is taken", "E_NAME"));
  if (fault.code !== "NAME_TAKEN" || fault.remoteCode !== "E_NAME") failures += "fault code;";
  if (fault.message !== "the name € is taken") failures += "fault text;";
  const address = parseAddress(":0100000C", 7);
  if (address !== 0x0100000c || formatAddress(address) !== ":0100000c") failures += "address;";
  return failures;
}
