// Chat page: shows what the agent tells, and sends what is typed. Plain JavaScript, served as it
// is.
// Invariant: what users say is text, never markup: it goes into textContent and nowhere else.

const linesMax = 500;
const retryMsMax = 10_000;
const roomsMs = 5000;

const byId = (id) => document.getElementById(id);
const [room, state, log, rooms, people, form, me, line] = [
  "room",
  "state",
  "log",
  "rooms",
  "people",
  "form",
  "me",
  "line",
].map(byId);

let socket;
let retryMs = 500;
let you = "";
let members = [];
/** What was typed, for the arrow keys. */
const typed = [];
let typedAt = 0;

function connect() {
  state.textContent = "connecting…";
  socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/chat`);
  socket.addEventListener("open", () => {
    retryMs = 500;
    state.textContent = "connected";
  });
  socket.addEventListener("message", ({ data }) => handle(JSON.parse(data)));
  socket.addEventListener("close", () => {
    const seconds = Math.ceil(retryMs / 1000);
    state.textContent = `not connected; trying again in ${seconds} s`;
    setTimeout(connect, retryMs);
    retryMs = Math.min(2 * retryMs, retryMsMax);
  });
}

function send(text) {
  if (socket.readyState === WebSocket.OPEN) socket.send(text);
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== "") made.className = className;
  return made;
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { timeStyle: "short", hourCycle: "h23" });
}

function add(time, className, ...parts) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const item = element("li", "", className);
  const body = document.createElement("span");
  body.append(...parts);
  item.append(element("time", time), body);
  log.append(item);
  while (log.children.length > linesMax) log.firstChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function note(text) {
  for (const each of text.split("\n")) add("", "note", each);
}

function said({ who, text, at }) {
  add(clock(at), who === you ? "mine" : "", element("b", who), text);
}

function showPeople() {
  const sorted = members.toSorted((one, other) => one.localeCompare(other));
  people.replaceChildren(...sorted.map((name) => element("li", name)));
  me.textContent = you;
}

function showRooms(list) {
  rooms.replaceChildren(
    ...list.map(([name, users]) => {
      const button = element("button", `${name} · ${users}`);
      button.type = "button";
      button.setAttribute("aria-current", String(name === room.textContent));
      button.addEventListener("click", () => {
        send(`/join ${name}`);
        line.focus();
      });
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}

function handle(event) {
  switch (event.kind) {
    case "said":
      said(event);
      return;
    case "joined":
      members.push(event.who);
      note(`${event.who} has come in`);
      break;
    case "left":
      members = members.filter((name) => name !== event.who);
      note(`${event.who} has gone`);
      break;
    case "renamed":
      if (event.from === you) you = event.who;
      members = members.map((name) => (name === event.from ? event.who : name));
      note(`${event.from} is called ${event.who} from here on`);
      break;
    case "entered":
      you = event.you;
      members = [...event.members];
      room.textContent = event.room;
      document.title = `chat · ${event.room}`;
      log.replaceChildren();
      event.history.forEach(said);
      note(`you are in room ${event.room}`);
      send("/rooms");
      break;
    case "rooms":
      showRooms(event.rooms);
      return;
    default:
      note(event.text);
      return;
  }
  showPeople();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = line.value.trim();
  if (text === "") return;
  send(text);
  typed.push(text);
  typedAt = typed.length;
  line.value = "";
});

line.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  typedAt = Math.max(0, Math.min(typed.length, typedAt + step));
  line.value = typed[typedAt] ?? "";
});

setInterval(() => {
  if (!document.hidden) send("/rooms");
}, roomsMs);
connect();
