// Web guard: which requests to the dashboard are refused before anything of them is looked at.
// Shard 0. Asked by web-face.ts for every request.
// Invariant: nothing but the dashboard's own page, a program or a typed address passes; what
// changes something needs the token, and JSON that no form of a foreign page can post.

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isOurs, type Arrival, type Refusal } from "../console/http-guard.ts";

/** Why the request is refused, whoever sends it; undefined when it is not. */
export function webRefusal(
  method: string,
  headers: IncomingHttpHeaders,
  arrival: Arrival,
): Refusal | undefined {
  if (!isOurs(headers.host, arrival)) {
    const host = JSON.stringify(headers.host ?? "");
    return forbidden(
      `header Host is ${host}: it must be a loopback name, or the console's own address and port`,
    );
  }
  const stranger = strangerBehind(headers);
  if (stranger !== undefined) {
    return forbidden(`${stranger}: the dashboard answers its own page only`);
  }
  if (method === "GET") return undefined;
  if (method === "POST") return contentRefusal(headers["content-type"]);
  const text = `method ${method}: the dashboard knows GET and POST`;
  return { status: 405, code: "NOT_PERMITTED", text };
}

/** A page of another origin; pages on other ports of this machine are of another origin, too. */
function strangerBehind(headers: IncomingHttpHeaders): string | undefined {
  const own = `http://${headers.host ?? ""}`;
  const { origin, referer } = headers;
  if (origin !== undefined && origin !== own) return `header Origin is ${JSON.stringify(origin)}`;
  if (referer !== undefined && referer !== own && !referer.startsWith(`${own}/`)) {
    return `header Referer is ${JSON.stringify(referer)}`;
  }
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "none" || site === "same-origin") return undefined;
  return `header Sec-Fetch-Site is ${JSON.stringify(site)}`;
}

/** A form can post anything but this without its browser asking first. */
function contentRefusal(header: string | undefined): Refusal | undefined {
  const type = header?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/json") return undefined;
  const found = header === undefined ? "missing" : JSON.stringify(header);
  const text = `header Content-Type is ${found}: it must be application/json`;
  return { status: 415, code: "ARGUMENT_INVALID", text };
}

/** True when the request carries the token: in its cookie, or as `Authorization: Bearer …`. */
export function hasToken(headers: IncomingHttpHeaders, token: string): boolean {
  const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return isToken(bearer, token);
  const name = cookieName(headers.host);
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const cookie = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return isToken(cookie ?? "", token);
}

/** In a time that tells nothing about how much of it is right. */
export function isToken(given: string, token: string): boolean {
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** No script of a page can read it, and no other site's request carries it. */
export function tokenCookie(headers: IncomingHttpHeaders, token: string): string {
  return `${cookieName(headers.host)}=${token}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Cookies are shared by all ports of a host name: the hosts of one machine must not mix theirs. */
function cookieName(host: string | undefined): string {
  return `isonet-${/:(\d{1,5})$/.exec(host ?? "")?.[1] ?? "80"}`;
}

function forbidden(text: string): Refusal {
  return { status: 403, code: "NOT_PERMITTED", text };
}
