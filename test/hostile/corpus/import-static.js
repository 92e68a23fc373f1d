// static imports of what the host has
// phase: body
import fs from "node:fs"; if (fs.readFileSync) throw new Error("ESCAPED");
