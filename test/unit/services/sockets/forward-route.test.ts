// Forward route: frames on their way to an agent, and when clients are held back.

import { describe, expect, test, vi } from "vitest";
import { ForwardRoute } from "../../../../services/host/sockets/forward-route.ts";

type Socket = Parameters<ForwardRoute["join"]>[0];

function fakeSocket() {
  const readOn = vi.fn();
  const routeEnded = vi.fn();
  return { readOn, routeEnded, socket: { readOn, routeEnded } as unknown as Socket };
}

/** A route whose agent comes to what it was sent when the test says so. */
function play({ framesMax = 8 } = {}) {
  const delivered: number[] = [];
  const questions: PromiseWithResolvers<void>[] = [];
  const way = { isCongested: false };
  const onWaiting = vi.fn();
  const route = new ForwardRoute(0x0100_0020 as never, {
    deliver: (_to, { session }) => {
      if (way.isCongested) return false;
      delivered.push(session);
      return true;
    },
    reached: () => {
      const question = Promise.withResolvers<void>();
      questions.push(question);
      return question.promise;
    },
    onWaiting,
    framesMax,
  });
  const send = (count: number, bytes = 1): void => {
    for (let left = count; left > 0; left--) route.send(7 as never, left, new Uint8Array(bytes));
  };
  return { route, delivered, questions, way, onWaiting, send };
}

describe("a forward route", () => {
  test("sends the frames of a round in their order, and asks to be called once for them", () => {
    const { route, delivered, onWaiting, send } = play();
    send(3);

    expect([delivered, onWaiting.mock.calls.length]).toEqual([[], 1]);
    expect(route.flush()).toBe(true);
    expect(delivered).toEqual([3, 2, 1]);
  });

  test("keeps what the way has no room for, and its order", () => {
    const { route, delivered, way, send } = play();
    way.isCongested = true;
    send(2);
    const first = route.flush();
    way.isCongested = false;

    expect([first, route.flush(), delivered]).toEqual([false, true, [2, 1]]);
  });

  test("is full until its agent has come to what it was sent, whatever the answer is", async () => {
    const { route, questions, send } = play();
    const { socket, readOn } = fakeSocket();
    send(8);
    route.flush();
    expect(route.isFull).toBe(true);
    route.stall(socket);

    questions[0]?.reject(new Error("SERVICE_RESTARTING"));
    await Promise.resolve();

    expect(route.isFull).toBe(false);
    await vi.waitFor(() => expect(readOn).toHaveBeenCalledOnce());
  });

  test("asks behind each quarter of what may be on the way", () => {
    const { route, questions, send } = play({ framesMax: 8 });
    for (let round = 0; round < 4; round++) {
      send(1);
      route.flush();
    }

    expect(questions).toHaveLength(2);
  });

  test("is full of few large frames as well", () => {
    const { route, send } = play({ framesMax: 1000 });
    send(4, 1024 * 1024);

    expect(route.isFull).toBe(true);
  });

  test("ends its sockets when the agent has ended, and takes nothing more", () => {
    const { route, delivered, send } = play();
    const { socket, routeEnded } = fakeSocket();
    route.join(socket);

    route.end();
    send(2);
    route.flush();

    expect(routeEnded).toHaveBeenCalledOnce();
    expect(delivered).toEqual([]);
  });
});
