// SPDX-License-Identifier: GPL-2.0-only
/** A folder of data as `uftrace record` leaves it, version 4 (uftrace.h, doc/uftrace-record.md of uftrace 0.13). */
import type { MachineEvent } from "../trace/event.ts";
import { COST, VirtualClock } from "../trace/time.ts";
import { Packed } from "../wire/packed.ts";
import type { OutFolder, Renderer, ViewOptions } from "./format.ts";
import { SymbolTable } from "./symbol-table.ts";
import { CLOCK_NOTICE, TASK, timed, visit } from "./timed.ts";
import { isReal } from "./title.ts";

/** The format: the task's records as they come, the names of functions at the end. */
export function uftrace(folder: OutFolder, view: ViewOptions): Renderer {
  const clock = new VirtualClock();
  const symbols = new SymbolTable();
  const [records, names] = [folder.file(`${TASK.pid}.dat`), folder.file(`${IMAGE}.sym`)];
  return {
    head(machine) {
      folder.file("info").write(info(machine));
      folder.file("task.txt").write(tasks());
    },
    step(step) {
      const packed = new Packed();
      const record = (type: number, at: number, depth: number, fn: string): void => {
        packed
          .u64(at)
          .u32(word(type, depth, BASE + symbols.offset(fn)))
          .u32(upper(BASE + symbols.offset(fn)));
      };
      visit(timed(step, clock, view.selection).body, {
        enter: (call, depth) => record(ENTRY, call.start, depth, call.fn),
        exit: (call, depth) => record(EXIT, call.end, depth, call.fn),
      });
      records.write(packed.take());
    },
    end() {
      const line = (name: string, offset: number, type: string): string =>
        `${offset.toString(16).padStart(16, "0")} ${type} ${name}\n`;
      names.write(`# path name: ${PATH}\n# build-id: ${symbols.buildId}\n`);
      names.write(
        symbols.lines((fn, offset) => line(fn, offset, "T")) + line("__sym_end", symbols.size, "?"),
      );
      folder.file(`sid-${SESSION}.map`).write(map(symbols.buildId));
    },
  };
}

/** The file that the functions are said to be in, and where it is loaded. */
const IMAGE = "vmlinux";
const PATH = `/nettrace/${IMAGE}`;
const BASE = 0x400000;
const END = 0x800000;
/** The name of the one session: 16 hexadecimal digits. */
const SESSION = "6e65747472616365";

/** Types of records (enum uftrace_record_type), and the three bits that every record has (RECORD_MAGIC). */
const ENTRY = 0;
const EXIT = 1;
const MAGIC = 5;

/** The lower half of what follows a record's time: type:2 more:1 magic:3 depth:10, and 16 of 48 bits of address. */
function word(type: number, depth: number, address: number): number {
  return (type | (MAGIC << 3) | ((depth & 0x3ff) << 6) | ((address & 0xffff) << 16)) >>> 0;
}

function upper(address: number): number {
  return Math.floor(address / 0x10000);
}

/** enum uftrace_feat_bits. */
const FEATURES = { TASK_SESSION: 1 << 1, SYM_REL_ADDR: 1 << 5, MAX_STACK: 1 << 6 } as const;
/** enum uftrace_info_bits, and what each says here; in the order of the bits. */
const INFO: readonly (readonly [bit: number, text: (machine: MachineEvent) => string])[] = [
  [1 << 0, () => `exename:${PATH}\n`],
  [1 << 2, () => "exit_status:0\n"],
  [1 << 3, () => `cmdline:${TASK.comm} (${CLOCK_NOTICE})\n`],
  [
    1 << 6,
    (machine) =>
      `osinfo:lines=3\nosinfo:kernel=Linux ${machine.uname}\nosinfo:hostname=${TASK.comm}\nosinfo:distro="${originOf(machine)}, virtual clock"\n`,
  ],
  [1 << 7, () => `taskinfo:lines=2\ntaskinfo:nr_tid=1\ntaskinfo:tids=${TASK.pid}\n`],
];
function originOf(machine: MachineEvent): string {
  return isReal(machine) ? "recorded" : "simulated";
}

/** A record has ten bits for the depth. */
const MAX_STACK = 1023;
const HEADER_SIZE = 40;

/** The file `info`: struct uftrace_file_header, then texts. */
function info(machine: MachineEvent): Uint8Array {
  const mask = (bits: readonly number[]): number => bits.reduce((sum, bit) => sum | bit, 0);
  return new Packed()
    .text("Ftrace!\0")
    .u32(4)
    .u16(HEADER_SIZE)
    .u8(1) // little-endian
    .u8(2) // 64 bits
    .u64(mask(Object.values(FEATURES)))
    .u64(mask(INFO.map(([bit]) => bit)))
    .u16(MAX_STACK)
    .u16(0)
    .u32(0)
    .text(INFO.map(([, text]) => text(machine)).join(""))
    .take();
}

/** The file task.txt: one session, one task. */
function tasks(): string {
  const at = `timestamp=${COST.boot / 1_000_000_000}.000000000`;
  return (
    `SESS ${at} pid=${TASK.pid} sid=${SESSION} exename="${PATH}"\n` +
    `TASK ${at} tid=${TASK.pid} pid=${TASK.pid}\n`
  );
}

/**
 * The session's map, as /proc/PID/maps has it. The build id keeps uftrace from taking one run's names for
 * another's where it reads two (report --diff).
 */
function map(buildId: string): string {
  const hex = (address: number): string => address.toString(16).padStart(12, "0");
  return (
    `${hex(BASE)}-${hex(END)} r-xp 00000000 08:01 1 ${PATH} build-id:${buildId}\n` +
    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]\n"
  );
}
