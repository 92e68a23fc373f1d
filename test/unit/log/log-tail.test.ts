// The tail of the log: the last lines of all and of each speaker, within bounds.

import { expect, test } from "vitest";
import { LogTail } from "../../../src/log/log-tail.ts";
import { limits } from "../../../wire/limits.ts";

const texts = (tail: LogTail, after: number, speaker?: string): string[] =>
  tail.after(after, speaker).map(({ text }) => text);

test("the tail keeps what was written last, and a loud speaker keeps out no quiet one", () => {
  const tail = new LogTail(() => 5);
  tail.add("info", ":01000101", "quiet", "I am here");
  for (let line = 0; line < limits.logTailLinesMax; line++) {
    tail.add("warn", ":01000102", "loud", `line ${line}`);
  }

  expect(texts(tail, 0)).toHaveLength(limits.logTailLinesMax);
  expect(texts(tail, 0, ":01000101")).toEqual(["I am here"]);
  expect(texts(tail, 0, ":01000102")).toHaveLength(limits.logTailServiceLinesMax);
  expect(texts(tail, limits.logTailLinesMax, ":01000102")).toEqual(["line 1999"]);
});

test("the tail forgets the speaker that has been silent longest, and cuts long lines", () => {
  const tail = new LogTail();
  for (let speaker = 0; speaker <= limits.logTailServicesMax; speaker++) {
    tail.add("info", `:${speaker}`, "", "x".repeat(5000));
  }

  expect(texts(tail, 0, ":0")).toEqual([]);
  expect(texts(tail, 0, ":1")).toEqual([`${"x".repeat(limits.logTailCharsMax)} …`]);
});
