// SPDX-License-Identifier: GPL-2.0-only
/** The descriptions that el6's tracer gives of its records (events/ftrace/NAME/format, events/header_page). */

/** common_type of the records that we write (kernel/trace/trace.h, enum trace_type). */
export const TRACE_TYPE = { print: 5, funcgraph_exit: 13, funcgraph_entry: 14 } as const;

type Field = readonly [declaration: string, offset: number, size: number, signed: 0 | 1];

const COMMON: readonly Field[] = [
  ["unsigned short common_type", 0, 2, 0],
  ["unsigned char common_flags", 2, 1, 0],
  ["unsigned char common_preempt_count", 3, 1, 0],
  ["int common_pid", 4, 4, 1],
  ["int common_lock_depth", 8, 4, 1],
];

function fieldLines(fields: readonly Field[]): string {
  return fields
    .map(
      ([what, offset, size, signed]) =>
        `\tfield:${what};\toffset:${offset};\tsize:${size};\tsigned:${signed};\n`,
    )
    .join("");
}

function format(name: keyof typeof TRACE_TYPE, fields: readonly Field[], print: string): string {
  const id = TRACE_TYPE[name];
  return `name: ${name}\nID: ${id}\nformat:\n${fieldLines(COMMON)}\n${fieldLines(fields)}\nprint fmt: ${print}\n`;
}

/** One description a record. */
export const EVENT_FORMATS: readonly string[] = [
  format(
    "funcgraph_entry",
    [
      ["unsigned long func", 16, 8, 0],
      ["int depth", 24, 4, 1],
    ],
    '"--> %lx (%d)", REC->func, REC->depth',
  ),
  format(
    "funcgraph_exit",
    [
      ["unsigned long func", 16, 8, 0],
      ["unsigned long long calltime", 24, 8, 0],
      ["unsigned long long rettime", 32, 8, 0],
      ["unsigned long overrun", 40, 8, 0],
      ["int depth", 48, 4, 1],
    ],
    '"<-- %lx (%d) (start: %llx  end: %llx) over: %d", REC->func, REC->depth, REC->calltime, REC->rettime, REC->depth',
  ),
  format(
    "print",
    [
      ["unsigned long ip", 16, 8, 0],
      ["char buf[]", 24, 0, 1],
    ],
    '"%ps: %s", (void *)REC->ip, REC->buf', // as later kernels have it: with the function's name
  ),
];

/** The head of a page of the ring buffer. */
export const HEADER_PAGE =
  "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n" +
  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n" +
  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";

/** The head of an event in a page. */
export const HEADER_EVENT =
  "# compressed entry header\n" +
  "\ttype_len    :    5 bits\n" +
  "\ttime_delta  :   27 bits\n" +
  "\tarray       :   32 bits\n" +
  "\n" +
  "\tpadding     : type == 29\n" +
  "\ttime_extend : type == 30\n" +
  "\tdata max type_len  == 28\n";
