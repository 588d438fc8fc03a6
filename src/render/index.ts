// SPDX-License-Identifier: GPL-2.0-only
/** Every output format: one file, one entry. Each is loaded only when it is asked for. */
import type { Format } from "./format.ts";

export const FORMATS = {
  graph: {
    summary: "the function graph for people, with reasons, bytes, verdict and counters",
    kind: "text",
    story: true,
    advice: true,
    load: async () => (await import("./report.ts")).report,
  },
  strace: {
    summary: "the system calls alone, as printed by strace",
    kind: "text",
    load: async () => (await import("./strace.ts")).strace,
  },
  summary: {
    summary: "calls, errors and time per system call, as strace -c, and the most expensive functions",
    kind: "text",
    load: async () => (await import("./summary.ts")).summary,
  },
  json: {
    summary: "every event, one JSON object per line; nettrace render reads it back",
    kind: "text",
    story: true,
    advice: true,
    load: async () => (await import("./json.ts")).json,
  },
  path: {
    summary: "the path of each datagram on one line",
    kind: "text",
    story: true,
    load: async () => (await import("./path.ts")).path,
  },
  pcap: {
    summary: "the frames on all devices as seen by tcpdump; for tcpdump, tshark, Wireshark",
    kind: "binary",
    load: async () => (await import("./pcap.ts")).pcap,
  },
  pcapng: {
    summary: "the frames with device, direction and the functions that handle them; for tshark, Wireshark",
    kind: "binary",
    load: async () => (await import("./pcapng.ts")).pcapng,
  },
  dot: {
    summary: "the call graph, for Graphviz",
    kind: "text",
    story: true,
    load: async () => (await import("./dot.ts")).dot,
  },
  svg: {
    summary: "a picture of each datagram's path: one lane per layer, time from left to right",
    kind: "text",
    story: true,
    load: async () => (await import("./svg.ts")).svg,
  },
  mermaid: {
    summary: "the calls between layers, as a Mermaid sequence diagram",
    kind: "text",
    story: true,
    load: async () => (await import("./mermaid.ts")).mermaid,
  },
  "mermaid-graph": {
    summary: "the call graph, as a Mermaid flowchart",
    kind: "text",
    load: async () => (await import("./mermaid-graph.ts")).mermaidGraph,
  },
  proc: {
    summary: "the files of /proc/net before and after, for nstat, ss, netstat, route, rtstat",
    kind: "folder",
    load: async () => (await import("./proc.ts")).proc,
  },
  ftrace: {
    summary: "function_graph text as written by ftrace, with a virtual clock",
    kind: "text",
    load: async () => (await import("./ftrace.ts")).ftrace,
  },
  "trace-dat": {
    summary: "trace.dat for trace-cmd and KernelShark, with a virtual clock",
    kind: "binary",
    load: async () => (await import("./trace-dat.ts")).traceDat,
  },
  uftrace: {
    summary: "a data directory for uftrace, with a virtual clock",
    kind: "folder",
    load: async () => (await import("./uftrace.ts")).uftrace,
  },
  folded: {
    summary: "folded stacks for flame graphs, weights in nanoseconds of a virtual clock",
    kind: "text",
    load: async () => (await import("./folded.ts")).folded,
  },
  chrome: {
    summary: "Chrome trace events for Perfetto, with counters and flows, and a virtual clock",
    kind: "text",
    story: true,
    load: async () => (await import("./chrome.ts")).chrome,
  },
  speedscope: {
    summary: "an evented profile for speedscope, with a virtual clock",
    kind: "text",
    load: async () => (await import("./speedscope.ts")).speedscope,
  },
  html: {
    summary: "one self-contained HTML page: the call tree and the packet, step by step",
    kind: "text",
    story: true,
    advice: true,
    load: async () => (await import("./html.ts")).html,
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
