// SPDX-License-Identifier: GPL-2.0-only
/** What a file is that is no call tree, and what to record instead: the outputs that people have at hand. */

/** What a tool's output looks like, in its first lines. */
interface Foreign {
  readonly looks: RegExp;
  readonly is: string;
  /** Where it is not the function_graph tracer that would have been right. */
  readonly instead?: string;
}

const NO_TREE = "has no call tree";
const RECORD =
  "record with function_graph (trace-cmd record -p function_graph -g FUNCTION, or perf ftrace -G FUNCTION)";

const FRAMES = "this is a packet capture: it contains no calls";
const UTF16 = "this is UTF-16: expected UTF-8 (iconv -f UTF-16 -t UTF-8)";

const OUTPUTS: readonly Foreign[] = [
  { looks: /^# *tracer: *function\s*$/, is: `output of the function tracer ${NO_TREE}` },
  {
    looks: /^ *\S.*-\d+ +\[\d+\].*: +(?:function: +)?\S+ +<--? ?\S+ *$/,
    is: `output of the function tracer ${NO_TREE}`,
  },
  { looks: /^# *tracer: *nop\s*$/, is: `ftrace events have no call tree` },
  { looks: /^# *tracer: *(?!function_graph)[\w-]+\s*$/, is: `output of this tracer ${NO_TREE}` },
  {
    looks: /^ *SKB +(?:CPU|PROCESS)\b|^ *0x[0-9a-f]{8,16} +\d+ +(?:\S+:\d+|\[\S+\]|<\S+>)/,
    is: `output of pwru ${NO_TREE}`,
  },
  {
    looks: /\bTID\/PID \d+\/\d+ \(|^FUNCTION CALL TRACE\b|^FUNCTION CALLS +RESULT\b/,
    is: `output of retsnoop is not supported`,
  },
  { looks: /^Attaching \d+ probes?\.\.\.|^@\w*(?:\[.*)?[[:]/, is: `output of bpftrace ${NO_TREE}` },
  {
    looks:
      /^\s+[0-9a-f]{8,16} \S+ \(\S+\)\s*$|^\S.* \d+(?:\/\d+)? +(?:\[\d+\] +)?\d+\.\d+: +(?:\d+ +)?[\w-]+(?::[\w-]+)?:/,
    is: `output of perf script ${NO_TREE}`,
  },
  {
    looks:
      /^\s*\[<?[0-9a-f]{8,16}>?\] |^.*\bCall Trace:|^\s*(?:\? )?[\w.]+\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)?\s*$/,
    is: `a backtrace shows the callers, not what was called`,
  },
  {
    looks: /^\ufffd\ufffd[^\0]\0|^[^\0]\0[^\0]\0/,
    is: "this is UTF-16",
    instead: "expected UTF-8: iconv -f UTF-16 -t UTF-8",
  },
  {
    looks: /^(?:\[pid +\d+\] |\d+ +)?(?:\d[\d:.]* )?[a-z_]\w*\(.*\) += +-?(?:\d|0x|\?)/,
    is: "this is an strace log",
    instead: "use nettrace run FILE",
  },
  {
    looks: /^simulated Linux |^recorded on a real kernel /,
    is: "this is text output of nettrace",
    instead: "save it with --format json",
  },
  {
    looks:
      /^(?:tcpdump: |\d{4}-\d\d-\d\d )?(?:\d\d:\d\d:\d\d|\d+)\.\d+ (?:\S+ +(?:In|Out|[BMP]) +)?(?:IP6?|ARP)\b|^tcpdump: (?:listening|verbose)/,
    is: "output of tcpdump shows packets, not calls",
  },
  {
    looks: /^No\.\s+Time\s+Source|^ *\d+ +\d+\.\d+ .*(?:→|->) .* (?:UDP|ICMP|DNS|TCP|ARP) \d+ /,
    is: "this packet list contains no calls",
  },
  {
    looks: /^\(gdb\)|^#\d+ +(?:0x[0-9a-f]+ in )?[\w:~<>]+ \(.*\)(?: at \S+:\d+)?/,
    is: "a debugger's backtrace shows the callers, not what was called",
  },
  { looks: /^\s*-?\d+ [\w.-]+\(\d+\): ?\s*(?:->|<-)/, is: "output of SystemTap is not supported" },
  {
    looks: /^#?\s*CPU\s+Time ?Stamp\s+Task|\bftrace\/funcgraph_entry\b/,
    is: "KernelShark exports are not supported",
  },
  {
    looks: /^(?:dropwatch> |Initializing (?:null|kallsyms) lookup)|^\d+ drops at \w+\+/,
    is: "output of dropwatch has no call tree",
  },
  { looks: /^[^\s;]+(?:;[^\s;]+)+ \d+$/, is: "folded stacks show the callers, not what was called when" },
  {
    looks: /^ *\S.*-\d+ +(?:\( *[\d-]+\) +)?\[\d+\] +(?:\S+ +)?\d+\.\d+: +(?!funcgraph_|b?print:)[\w-]+: /,
    is: "ftrace events have no call tree",
  },
];

/** What the lines are, in words, and which of them says so; undefined for what nobody knows. */
export function foreign(
  lines: readonly string[],
): { readonly line: number; readonly text: string } | undefined {
  for (const { looks, is, instead = RECORD } of OUTPUTS) {
    const at = lines.findIndex((line) => line.length < 4096 && looks.test(line));
    if (at >= 0) return { line: at + 1, text: `${is}: ${instead}` };
  }
  return undefined;
}

/** The first bytes of files that are no text. */
const MAGIC: readonly (readonly [bytes: readonly number[], text: string])[] = [
  [[0x17, 0x08, 0x44, 0x74], "this is a trace.dat: expected text, as trace-cmd report prints it"],
  [[0x50, 0x45, 0x52, 0x46, 0x49, 0x4c, 0x45], "this is a perf.data: record with perf ftrace -G FUNCTION"],
  [[0x1f, 0x8b], "this is compressed: rename it to .gz, or decompress it"],
  [[0xd4, 0xc3, 0xb2, 0xa1], FRAMES],
  [[0x4d, 0x3c, 0xb2, 0xa1], FRAMES],
  [[0xa1, 0xb2, 0xc3, 0xd4], FRAMES],
  [[0x0a, 0x0d, 0x0d, 0x0a], FRAMES],
  [[0xff, 0xfe], UTF16],
  [[0xfe, 0xff], UTF16],
];

/** What a file is that is no text, as far as its first bytes tell. */
export function foreignBytes(bytes: Uint8Array): string | undefined {
  return MAGIC.find(([magic]) => magic.every((byte, i) => bytes[i] === byte))?.[1];
}
