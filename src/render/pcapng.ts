// SPDX-License-Identifier: GPL-2.0-only
/** pcapng: the frames with their devices, directions, and the functions on whose way they were seen. */
import type { PacketEvent } from "../trace/event.ts";
import { COST, VirtualClock } from "../trace/time.ts";
import { fromHex } from "../wire/hexdump.ts";
import {
  concat,
  countValue,
  interfaceBlock,
  OPT,
  type PcapngOption,
  packetBlock,
  sectionHeader,
  statisticsBlock,
  timeValue,
  wordValue,
} from "../wire/pcap.ts";
import type { Out, Renderer, ViewOptions } from "./format.ts";
import { type Frame, framesOf, OUTGOING } from "./frames.ts";
import { CLOCK_NOTICE } from "./timed.ts";
import { isReal } from "./title.ts";

/** The format: one section, an interface for each device, a packet for each frame. */
export function pcapng(out: Out, view: ViewOptions): Renderer {
  const clock = new VirtualClock();
  const devices = new Devices();
  let last: number = COST.boot;
  return {
    head(machine, before) {
      const seed = machine.simulated === true ? "" : `, seed ${machine.seed}`;
      const os = `Linux ${machine.uname} (${isReal(machine) ? machine.recorded : `simulated${seed}`})`;
      const head = sectionHeader([
        [OPT.comment, CLOCK_NOTICE],
        [OPT.shbOs, os],
        [OPT.shbUserappl, "nettrace"],
      ]);
      out.write(head);
      devices.expect(deviceNames(before.proc));
    },
    step({ tree }) {
      const call = clock.syscall(tree);
      last = call.end;
      const frames = framesOf(call, view.selection.inline);
      if (frames.length > 0) out.write(concat(frames.flatMap((frame) => devices.blocks(frame))));
    },
    end: () => out.write(concat(devices.statistics(last))),
  };
}

/** The devices of /proc/net/dev, in its order. */
function deviceNames(proc: Readonly<Record<string, string>>): string[] {
  const lines = (proc["/proc/net/dev"] ?? "").split("\n").slice(2);
  return lines.flatMap((line) => /^ *([^\s:]{1,15}):/.exec(line)?.[1] ?? []);
}

/** Numbers the devices as their frames come, since these say of what link type they are, and counts the frames. */
class Devices {
  /** Devices that have no frame yet. */
  private silent = new Set<string>();
  private readonly counts = new Map<string, { readonly id: number; frames: number }>();

  /** The devices that there are. */
  expect(names: readonly string[]): void {
    for (const name of names) this.silent.add(name);
  }

  /** The block that declares a device, unless it is known. A name may go to a device of another link type. */
  private declare(name: string, link?: "raw"): Uint8Array[] {
    const key = keyOf(name, link);
    if (this.counts.has(key)) return [];
    this.silent.delete(name);
    this.counts.set(key, { id: this.counts.size, frames: 0 });
    return [
      interfaceBlock(link, [
        [OPT.ifName, name],
        [OPT.ifDescription, "simulated"],
      ]),
    ];
  }

  blocks({ packet, at, path }: Frame): Uint8Array[] {
    const declared = this.declare(packet.dev, packet.link);
    const device = this.counts.get(keyOf(packet.dev, packet.link));
    if (device === undefined) return declared;
    device.frames++;
    return [...declared, packetBlock(device.id, at, fromHex(packet.hex), packetOptions(packet, path))];
  }

  statistics(end: number): Uint8Array[] {
    const declared = [...this.silent].flatMap((name) => this.declare(name));
    const counted = [...this.counts.values()].map(({ id, frames }) =>
      statisticsBlock(id, end, [
        [OPT.isbStarttime, timeValue(COST.boot)],
        [OPT.isbEndtime, timeValue(end)],
        [OPT.isbIfrecv, countValue(frames)],
      ]),
    );
    return [...declared, ...counted];
  }
}

/** No device has a blank in its name. */
function keyOf(name: string, link: "raw" | undefined): string {
  return link === undefined ? name : `${name} ${link}`;
}

/** TP_STATUS_CSUMNOTREADY (linux/if_packet.h). */
const CSUM_NOT_READY = 8;

function packetOptions(packet: PacketEvent, path: string): PcapngOption[] {
  const list: PcapngOption[] = [];
  if (path !== "") list.push([OPT.comment, path]);
  if ((packet.status & CSUM_NOT_READY) !== 0) {
    list.push([
      OPT.comment,
      "The transport checksum is not filled in yet: only the pseudo header is summed.",
    ]);
  }
  list.push([OPT.epbFlags, wordValue(direction(packet))]);
  return list;
}

/** Inbound 1, outbound 2; how it was received in the bits above. */
function direction({ type }: PacketEvent): number {
  if (type === OUTGOING) return 2;
  return 1 | ((RECEPTION[type] ?? 0) << 2);
}

/** By packet type: unicast 1, broadcast 3, multicast 2, promiscuous 4. */
const RECEPTION = [1, 3, 2, 4] as const;
