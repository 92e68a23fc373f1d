// Catch-up: work that waits until every shard has answered.

import { expect, test } from "vitest";
import { CatchUp } from "../../../../services/host/sockets/catch-up.ts";

test("work is done when an answer has come that was asked for after it", async () => {
  const questions: PromiseWithResolvers<void>[] = [];
  const done: string[] = [];
  const catchUp = new CatchUp(() => {
    const question = Promise.withResolvers<void>();
    questions.push(question);
    return question.promise;
  });
  const answer = async (index: number): Promise<void> => {
    questions[index]?.resolve();
    await new Promise(setImmediate);
  };

  catchUp.after(() => done.push("first"));
  catchUp.after(() => done.push("second"));
  catchUp.after(() => done.push("third"));
  expect(done).toEqual([]);
  await answer(0);
  expect(done).toEqual(["first"]);
  await answer(1);

  expect(done).toEqual(["first", "second", "third"]);
  expect(questions).toHaveLength(2);
  catchUp.after(() => done.push("later"));
  await answer(2);
  expect(done.at(-1)).toBe("later");
});
