// Sproto: what it costs to encode, decode and pack a message, beside JSON.
// The address book is the example of sproto's own documentation.
// Run: node bench/micro/wire/sproto.ts
// Invariant: every task reads what it has written.

import { pack, unpack } from "../../../wire/sproto/packing.ts";
import { parse } from "../../../wire/sproto/sproto.ts";
import { measure } from "../measure.ts";

const sproto = parse(`
.Person {
  name 0 : string
  id 1 : integer
  email 2 : string
  .PhoneNumber { number 0 : string  type 1 : integer }
  phone 3 : *PhoneNumber
}
.AddressBook { person 0 : *Person }
.Move { unit 0 : integer  x 1 : integer  y 2 : integer  fast 3 : boolean }
`);

const book = {
  person: [
    {
      name: "Alice",
      id: 10_000,
      phone: [
        { number: "123456789", type: 1 },
        { number: "87654321", type: 2 },
      ],
    },
    { name: "Bob", id: 20_000, phone: [{ number: "01234567890", type: 3 }] },
  ],
};
const move = { unit: 42, x: 1000, y: 70_000, fast: true };

/** Round trips in one call of `run`: a single one is shorter than the clock's step. */
const units = 100;

function task(name: string, once: () => unknown) {
  const run = (): void => {
    for (let count = 0; count < units; count++) once();
  };
  return { name, units, run };
}

const bytes = sproto.encode("AddressBook", book);
const packed = pack(bytes);
await measure(`values -> bytes -> values: ${bytes.length} bytes, ${packed.length} packed`, [
  task("book: encode", () => sproto.encode("AddressBook", book)),
  task("book: decode", () => sproto.decode("AddressBook", bytes)),
  task("book: pack", () => pack(bytes)),
  task("book: unpack", () => unpack(packed)),
  task("book: JSON, both", () => JSON.parse(JSON.stringify(book)) as unknown),
  task("move: pencode and pdecode", () => sproto.pdecode("Move", sproto.pencode("Move", move))),
  task("move: JSON, both", () => JSON.parse(JSON.stringify(move)) as unknown),
]);
