// Rooms: who is in which room, what was said there last, and telling everybody.
// Unique service. Members are agents; one that ends, whatever the reason, has left.

import { commands, context, fork, link, send, time, type Address } from "isonet";
import type { ChatEvent, Said } from "./chat-event.ts";

type Room = { readonly members: Map<Address, string>; readonly history: Said[] };

const lobby = "lobby";
const historyMax = 50;
const roomsMax = 100;
const usersMax = 5000;
const namePattern = /^[\p{L}\p{N}_-]{1,20}$/u;

const rooms = new Map<string, Room>([[lobby, { members: new Map(), history: [] }]]);
/** The room each user is in. */
const places = new Map<Address, string>();
/** Names in use, in lower case. */
const names = new Set<string>();
let guests = 0;

function refuse(code: string, text: string): never {
  throw Object.assign(new Error(text), { code });
}

function caller(): Address {
  return context()?.source ?? refuse("NOBODY", "only agents are in rooms");
}

function placeOf(user: Address): { name: string; room: Room; who: string } {
  const name = places.get(user);
  const room = name === undefined ? undefined : rooms.get(name);
  const who = room?.members.get(user);
  if (name === undefined || room === undefined || who === undefined) {
    return refuse("NOT_IN_ROOM", "you are in no room");
  }
  return { name, room, who };
}

function tell({ members }: Room, event: ChatEvent, besides?: Address): void {
  for (const member of members.keys()) {
    if (member !== besides) send(member, "lua", "hear", event);
  }
}

/** `now`: a name that the asker has already, and may write differently. */
function checkName(text: string, now = ""): string {
  if (!namePattern.test(text)) {
    return refuse("NAME_INVALID", "a name has 1 to 20 letters, digits, _ or -");
  }
  const key = text.toLowerCase();
  if (names.has(key) && key !== now.toLowerCase()) {
    return refuse("NAME_TAKEN", `${text} is somebody else's name`);
  }
  return text;
}

function enter(user: Address, name: string, who: string): ChatEvent {
  const room = rooms.get(name) ?? { members: new Map(), history: [] };
  rooms.set(name, room);
  tell(room, { kind: "joined", room: name, who });
  room.members.set(user, who);
  places.set(user, name);
  const { members, history } = room;
  return { kind: "entered", room: name, you: who, members: [...members.values()], history };
}

function leave(user: Address): void {
  const { name, room, who } = placeOf(user);
  room.members.delete(user);
  places.delete(user);
  tell(room, { kind: "left", room: name, who });
  if (room.members.size === 0 && name !== lobby) rooms.delete(name);
}

function ended(user: Address): void {
  if (!places.has(user)) return;
  const { who } = placeOf(user);
  leave(user);
  names.delete(who.toLowerCase());
}

const table = commands({
  /** The first thing an agent says. */
  arrive(): ChatEvent {
    const user = caller();
    if (places.has(user)) return refuse("HERE_ALREADY", "you are here already");
    if (places.size >= usersMax) return refuse("FULL", `${usersMax} users are here; come later`);
    let who: string;
    do who = `guest${++guests}`;
    while (names.has(who));
    names.add(who);
    fork(async () => {
      await link(user);
      ended(user);
    });
    return enter(user, lobby, who);
  },
  say(text: string): void {
    const { name, room, who } = placeOf(caller());
    const said: Said = { kind: "said", room: name, who, text, at: Math.floor(time()) };
    room.history.push(said);
    if (room.history.length > historyMax) room.history.shift();
    tell(room, said);
  },
  rename(text: string): void {
    const user = caller();
    const { room, who: from } = placeOf(user);
    const who = checkName(text, from);
    names.delete(from.toLowerCase());
    names.add(who.toLowerCase());
    room.members.set(user, who);
    tell(room, { kind: "renamed", from, who });
  },
  join(name: string): ChatEvent {
    const user = caller();
    const { name: now, who } = placeOf(user);
    if (!namePattern.test(name)) refuse("NAME_INVALID", "a room is named like a user");
    if (name === now) return refuse("HERE_ALREADY", `you are in room ${name} already`);
    if (!rooms.has(name) && rooms.size >= roomsMax) {
      return refuse("FULL", `there are ${roomsMax} rooms; join one of them`);
    }
    leave(user);
    return enter(user, name, who);
  },
  rooms(): ChatEvent {
    const list = [...rooms].map(([name, { members }]) => [name, members.size] as const);
    return { kind: "rooms", rooms: list };
  },
  who(): ChatEvent {
    const { name, room } = placeOf(caller());
    const text = `in room ${name}: ${[...room.members.values()].join(", ")}`;
    return { kind: "note", text };
  },
});
export type RoomsCommands = typeof table;
