// SPDX-License-Identifier: GPL-2.0-only
/** What a pcap file leaves out, as it has one link type: packets of devices without an Ethernet header. */
import type { Step } from "../trace/step.ts";

export class LeftOut {
  private packets = 0;
  private readonly devices = new Set<string>();

  look({ events }: Step): void {
    for (const event of events) {
      if (event.ev !== "packet" || event.link === undefined) continue;
      this.packets++;
      this.devices.add(event.dev);
    }
  }

  /** One line, where there were any. */
  tell(say: (text: string) => void): void {
    if (this.packets === 0) return;
    const what = this.packets === 1 ? "a packet" : `${this.packets} packets`;
    say(
      `nettrace: pcap: ${what} of ${[...this.devices].join(", ")} left out, as the file's one link type is Ethernet; --format pcapng holds them\n`,
    );
  }
}
