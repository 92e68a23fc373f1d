// Timers: everything that takes time, in ticks of 10 ms.

import { cancel, fork, now, sleep, start, timeout, wait, wakeup } from "isonet";

const origin = now();
const say = (text: string): void => console.log(`${(now() - origin) * 10} ms: ${text}`);

/** Every 200 ms, four times: a timer that sets itself again. */
function beat(count: number): void {
  say(`beat ${count}`);
  if (count < 4) timeout(20, () => beat(count + 1));
}

start(async () => {
  say("a timeout does not hold up what follows");
  timeout(10, () => beat(1));

  const never = timeout(15, () => say("never"));
  say(`a timer can be cancelled: ${cancel(never)}`);

  // A thread that waits for somebody, and one that sleeps with its alarm off.
  const door = {};
  fork(async () => {
    await wait(door);
    say("somebody has opened the door");
  });
  const bed = {};
  fork(async () => {
    say(`woken early: ${await sleep(1000, bed)}`);
  });

  await sleep(40);
  say("half way: the beats go on while this thread sleeps");
  wakeup(door);
  wakeup(bed);

  await sleep(60);
  say("that was all");
});
