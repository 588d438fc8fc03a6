// SPDX-License-Identifier: GPL-2.0-only
/** What `ip -j [-d] addr|link|route|rule|neigh` printed, alone or one after the other, as the commands that make it so. */
import { LineError, ScriptError } from "../error.ts";
import { withAssumed } from "./assumed.ts";
import { Fields } from "./fields.ts";
import { type Document, documents } from "./json.ts";
import { linkCommands } from "./link-commands.ts";
import { linksOf } from "./links.ts";
import { checkNeighbour, isIpv6Neighbour, neighbourCommands } from "./neighbours.ts";
import { MAX_COMMANDS, type Network } from "./network.ts";
import { Notes } from "./notes.ts";
import { routeCommands } from "./route-commands.ts";
import { type RouteRecord, routeOf } from "./routes.ts";
import { ruleCommands } from "./rules.ts";
import { Writer } from "./writer.ts";

/** What a file says, by kind, in the file's order. */
export interface Recorded {
  readonly links: Fields[];
  readonly routes: Fields[];
  readonly rules: Fields[];
  readonly neighbours: Fields[];
  /** A part of the routes was printed. */
  readonly partial?: boolean;
}

/** Read the texts. Unknown fields are ignored. Throws `LineError`. */
export function parseRecorded(text: string): Network {
  const notes = new Notes();
  const made = recordedNetwork(sorted(documents(text)), new Writer(notes));
  return { ...made, notes: notes.list() };
}

/** The commands that come to what was printed; the writer has the notes. */
export function recordedNetwork(all: Recorded, writer: Writer): Omit<Network, "notes"> {
  const routes = all.routes.flatMap((entry) => routeOrNone(entry, writer));
  const neighbours = all.neighbours.filter((entry) => !isIpv6Neighbour(entry));
  const known = neighbours.filter((entry) =>
    writer.attempt(entry, "this neighbour is", () => checkNeighbour(entry)),
  );
  const links = withAssumed(linksOf(all.links, writer), routes, known, writer);
  linkCommands(links, writer);
  routeCommands(routes, links, all.partial === true, writer);
  ruleCommands(all.rules, writer);
  for (const entry of all.neighbours) if (isIpv6Neighbour(entry)) writer.skipIpv6(entry);
  neighbourCommands(known, writer);
  return { commands: writer.finished(), recorded: true };
}

/** What one text says. Throws `LineError`. */
export function entriesOf(document: Document): Recorded {
  return sorted([document]);
}

function routeOrNone(entry: Fields, writer: Writer): RouteRecord[] {
  const route = writer.attempt(entry, "this route is", () => routeOf(entry) ?? "IPv6");
  if (route === "IPv6") writer.skipIpv6(entry);
  return route === undefined || route === "IPv6" ? [] : [route];
}

function sorted(texts: Iterable<Document>): Recorded {
  const all: Recorded = { links: [], routes: [], rules: [], neighbours: [] };
  let count = 0;
  for (const document of texts) {
    const { value } = document;
    const list = Array.isArray(value) ? value : [value];
    for (const [i, item] of list.entries()) {
      if (count++ > MAX_COMMANDS) {
        const { line, column } = document.place([i]);
        throw new LineError(line, new ScriptError(column, `more than ${MAX_COMMANDS} entries`, "the end"));
      }
      sort(new Fields(document, Array.isArray(value) ? [i] : [], item), all);
    }
  }
  return all;
}

/** Which of the four this is. ip prints {} for what it was told not to show. */
function sort(entry: Fields, all: Recorded): void {
  if (entry.names.length === 0) return;
  if (entry.has("ifname")) all.links.push(entry);
  else if (entry.has("priority")) all.rules.push(entry);
  else if (entry.has("dst")) {
    const isNeighbour = entry.has("state") || entry.has("lladdr");
    (isNeighbour ? all.neighbours : all.routes).push(entry);
  } else if (entry.has("nftables")) throw entry.unknown("output of iptables-save, not nft");
  else throw entry.unknown("a link, address, route, rule or neighbour as printed by ip -j");
}
