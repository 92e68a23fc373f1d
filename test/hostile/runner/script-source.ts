// Script source: a script of a corpus as the text of a service.
// Runner only. `// phase: body` in its first lines makes the script the body of the module; else it
// is the body of the message handler "run". `// source: EXPRESSION` computes its text (a text of
// megabytes is not kept in a file).
// Invariant: a script that the parser refuses is still launched: the refusal is the host's to make.

import { Script } from "node:vm";

export type ScriptText = {
  readonly name: string;
  readonly text: string;
};

const headLinesMax = 5;
const answers = 'ping: () => "pong", interrupts: () => isonet.stat("interrupts")';

/** The text of the service: it answers "run", "ping" and "interrupts". */
export function serviceSource({ text }: ScriptText): string {
  const body = computed(text);
  if (heading(text, "phase") === "body") {
    return `import * as isonet from "isonet";
isonet.commands({ run: () => {}, ${answers} });
${body}
`;
  }
  const word = needsAsync(body) ? "async " : "";
  return `import * as isonet from "isonet";
isonet.commands({
  ${answers},
  run: ${word}() => {
${body}
  },
});
`;
}

function heading(text: string, key: string): string | undefined {
  const head = text.split("\n", headLinesMax);
  const line = head.find((one) => one.startsWith(`// ${key}:`));
  return line?.slice(`// ${key}:`.length).trim();
}

function computed(text: string): string {
  const expression = heading(text, "source");
  if (expression === undefined) return text;
  return String(new Script(`(${expression})`).runInNewContext({}, { timeout: 2000 }));
}

function needsAsync(body: string): boolean {
  return !parses(`"use strict"; (() => {\n${body}\n})`) && parses(`(async () => {\n${body}\n})`);
}

function parses(text: string): boolean {
  try {
    return new Script(text) instanceof Script;
  } catch {
    return false;
  }
}
