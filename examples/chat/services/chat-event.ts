// Chat event: what users are told: as JSON to the page, as a line to a terminal.

export type Said = {
  readonly kind: "said";
  readonly room: string;
  readonly who: string;
  readonly text: string;
  /** Seconds of the epoch. */
  readonly at: number;
};

export type ChatEvent =
  | Said
  | { readonly kind: "joined" | "left"; readonly room: string; readonly who: string }
  | { readonly kind: "renamed"; readonly from: string; readonly who: string }
  /** The user itself is in a room, and this is what it finds there. */
  | {
      readonly kind: "entered";
      readonly room: string;
      readonly you: string;
      readonly members: readonly string[];
      readonly history: readonly Said[];
    }
  | { readonly kind: "rooms"; readonly rooms: readonly (readonly [name: string, users: number])[] }
  | { readonly kind: "note"; readonly text: string };

export function textOf(event: ChatEvent): string {
  if (event.kind === "said") return `${event.who}: ${event.text}`;
  if (event.kind === "entered") {
    const { room, you, members, history } = event;
    const head = `* you are ${you}, in room ${room}, ${members.length} here: ${members.join(", ")}`;
    return [head, ...history.map(textOf)].join("\n");
  }
  if (event.kind === "rooms") {
    return event.rooms.map(([name, users]) => `* room ${name}: ${users}`).join("\n");
  }
  if (event.kind === "note") return `* ${event.text}`;
  if (event.kind === "renamed") return `* ${event.from} is called ${event.who} from here on`;
  return `* ${event.who} has ${event.kind === "joined" ? "come in" : "gone"}`;
}
