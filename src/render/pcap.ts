// SPDX-License-Identifier: GPL-2.0-only
/**
 * pcap: the frames of all devices in one stream, as `tcpdump -w` writes them. The format has one link type a file, which is
 * Ethernet: what has no Ethernet header is left out, and whoever writes the file says so.
 */
import { VirtualClock } from "../trace/time.ts";
import { fromHex } from "../wire/hexdump.ts";
import { concat, pcapHeader, pcapRecord } from "../wire/pcap.ts";
import type { Out, Renderer } from "./format.ts";
import { framesOf } from "./frames.ts";

/** The format: a head, then each frame at its virtual time. */
export function pcap(out: Out): Renderer {
  const clock = new VirtualClock();
  return {
    head: () => out.write(pcapHeader()),
    step({ tree }) {
      const frames = framesOf(clock.syscall(tree), true).filter(({ packet }) => packet.link === undefined);
      if (frames.length > 0) out.write(concat(frames.map((f) => pcapRecord(f.at, fromHex(f.packet.hex)))));
    },
  };
}
