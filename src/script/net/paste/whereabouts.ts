// SPDX-License-Identifier: GPL-2.0-only
/** Whose network a text is of: prompts name hosts, commands name containers and namespaces. One of them is the machine's. */
import type { Network } from "../network.ts";
import { Collected } from "./collected.ts";

export class Whereabouts {
  private readonly strict: boolean;
  private readonly all: Map<string, Collected>;
  /** The first host that a prompt names; what has no prompt is of the same. */
  private home: string | undefined;
  private onHost = "";
  private place = "";

  constructor(strict: boolean) {
    this.strict = strict;
    this.all = new Map([["", new Collected(strict)]]);
  }

  get current(): Collected {
    const known = this.all.get(this.place) ?? new Collected(this.strict);
    this.all.set(this.place, known);
    return known;
  }

  get isEmpty(): boolean {
    return [...this.all.values()].every((collected) => collected.isEmpty);
  }

  /** A prompt, which may say on which host. */
  host(name: string | undefined): void {
    if (name !== undefined) {
      this.home ??= name;
      this.onHost = name === this.home ? "" : name;
    }
    this.place = this.onHost;
  }

  /** A command, which may be for a container. */
  enter(where: string): void {
    this.place = where === "" || this.onHost === "" ? where || this.onHost : `${where} on ${this.onHost}`;
  }

  /** The network of the first place of which something is known. */
  network(): Network {
    const home = this.all.get("") as Collected;
    const known = [...this.all].filter(([, collected]) => !collected.isEmpty);
    const [first, collected] = known.find(([place]) => place === "") ?? known[0] ?? ["", home];
    for (const [place, other] of known) {
      if (place === first) continue;
      const what = `${place} is another network: left out (use a separate file for it)`;
      collected.notes.add(what, () => ({ line: other.line, column: 1 }));
    }
    return collected.network();
  }
}
