// Format: numbers as an operator reads them: the same unit and digits down a column.
// The browser. Used by every view.
// Invariant: pure; a number that is not there is shown as a dash.

const mib = 1024 * 1024;
const dash = "–";

/** Mebibytes with two decimals, the unit in the column's head. */
export function mebibytes(bytes: number): string {
  return bytes === 0 ? dash : (bytes / mib).toFixed(2);
}

/** With its own unit: "1.08 MiB". */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < mib) return `${(bytes / 1024).toPrecision(3)} KiB`;
  if (bytes < 1000 * mib) return `${(bytes / mib).toPrecision(3)} MiB`;
  return `${(bytes / mib / 1024).toPrecision(3)} GiB`;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** With one decimal, so that a column of them stands under its points. */
export function tenths(value: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** A share of one core as percent. */
export function percent(share: number): string {
  return (share * 100).toFixed(2);
}

export function seconds(value: number): string {
  return value < 100 ? value.toFixed(2) : count(Math.round(value));
}

/** "3d 04:05:06", "1:02:03", "2:03". */
export function duration(ms: number): string {
  const whole = Math.floor(ms / 1000);
  const days = Math.floor(whole / 86_400);
  const [h, m, s] = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  if (days > 0) return `${days}d ${two(h)}:${two(m)}:${two(s)}`;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function clockText(timeMs: number): string {
  const date = new Date(timeMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function dateText(timeMs: number): string {
  const date = new Date(timeMs);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${clockText(timeMs)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
