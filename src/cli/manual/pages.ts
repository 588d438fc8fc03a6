// SPDX-License-Identifier: GPL-2.0-only
/** What the help and the manual page say of each command beside its options: examples that run as they stand, and exit statuses. */

/** A command line, and what it shows. */
export type Example = readonly [command: string, what: string];

/** What a status means. */
export type Status = readonly [status: number, meaning: string];

/** What is said of one command. */
export interface Page {
  readonly examples: readonly Example[];
  readonly statuses: readonly Status[];
  /** Paragraphs for the manual page alone. */
  readonly more?: readonly string[];
}

const BAD: Status = [2, "bad usage or bad input"];
const OURS: Status = [70, "a fault of nettrace itself, or an installation that cannot run"];
const SHOWN: Status = [0, "all of it was shown"];

export const PAGES: Readonly<Record<string, Page>> = {
  sendto: {
    examples: [
      ["nettrace sendto 127.0.0.1 9999 aaaaa", "a datagram that no socket takes"],
      ["nettrace sendto 127.0.0.1:9999 aaaaa --listen", "the same with a receiver"],
      ["nettrace sendto 10.0.0.1 domain hi", "no route: who says ENETUNREACH, and why"],
      ["nettrace sendto 192.0.2.1 53 hi --net lan --wait 10", "out by eth0, after ARP"],
      ["nettrace sendto 127.0.0.1 9999 --size 70000 --depth all", "EMSGSIZE, with every function"],
      [
        "nettrace sendto 127.0.0.1 9999 a --format pcap | tcpdump -r -",
        "the frames, read by another program",
      ],
    ],
    statuses: [
      [0, "every call returned what is no error"],
      [1, "a simulated call failed with an errno"],
      BAD,
      OURS,
    ],
    more: [
      "Runs socket(2), whatever the options ask to be set up, and one sendto(2) on a simulated machine, and prints the graph of the kernel's functions that the datagram visits.",
    ],
  },
  run: {
    examples: [
      ["nettrace run pasted.strace", "what strace wrote, as it was pasted"],
      ["nettrace run pasted.strace --net pasted.net", "the same on the network of the machine it is from"],
      ["nettrace run --trace send scenario.nt", "with the graph of each send"],
      ["nettrace run --update *.nt", "write the results that come into the files"],
      ["nettrace run -c log.strace", "calls and errors added up, as strace -c"],
    ],
    statuses: [
      [0, "every call returned what is written, every expectation holds"],
      [1, "one did not, or nothing ran"],
      BAD,
      OURS,
    ],
    more: [
      "Reads transcripts in strace's notation, from strace, from other programs that write so, or by hand, with ip(8) commands and expectations between the calls. A log may stand as it was pasted: quoted, numbered, wrapped, with gaps. What could not be used is told in the receipt at the end.",
    ],
  },
  render: {
    examples: [
      ["nettrace sendto 127.0.0.1 9999 aaaaa --format json > trace.json", "save a trace"],
      ["nettrace render trace.json", "show it as it was shown live"],
      ["nettrace render trace.json --as html -o trace.html", "as a page to look at"],
    ],
    statuses: [SHOWN, BAD, OURS],
  },
  capture: {
    examples: [
      ["trace-cmd report | nettrace capture -", "a recording of the function_graph tracer"],
      ["nettrace capture trace.txt --only 'ip_*'", "a part of it"],
    ],
    statuses: [SHOWN, BAD, OURS],
  },
  diff: {
    examples: [
      ["nettrace diff before.json after.json", "two saved traces"],
      ["nettrace diff trace.json recording.txt", "a trace and what a real kernel did"],
    ],
    statuses: [[0, "no difference"], [1, "they differ"], BAD, OURS],
  },
  host: {
    examples: [
      ["nettrace host > here.net", "the network of this host as a file"],
      ["nettrace sendto 192.0.2.1 53 hi --net here.net", "a send through it"],
    ],
    statuses: [[0, "it was written"], BAD, OURS],
  },
  schema: {
    examples: [["nettrace schema > trace.schema.json", "for ajv, check-jsonschema and editors"]],
    statuses: [[0, "it was written"], BAD, OURS],
  },
  licenses: {
    examples: [["nettrace licenses", "all of them"]],
    statuses: [[0, "they were written"], BAD, OURS],
  },
  completion: {
    examples: [
      ['eval "$(nettrace completion bash)"', "in ~/.bashrc"],
      ["nettrace completion zsh > ~/.zfunc/_nettrace", "for zsh, with ~/.zfunc in fpath"],
      ["nettrace completion fish > ~/.config/fish/completions/nettrace.fish", "for fish"],
    ],
    statuses: [[0, "it was written"], BAD, OURS],
  },
  man: {
    examples: [["nettrace man | man -l -", "read it"]],
    statuses: [[0, "it was written"], BAD, OURS],
  },
};

/** Variables that change what the program does. */
export const ENVIRONMENT: readonly (readonly [name: string, what: string])[] = [
  ["NETTRACE_OPTS", "options before those of the command line, which win; parted as a shell does"],
  ["NETTRACE_NET", "the value of --net where neither it nor --host is given"],
  ["NETTRACE_KERNEL", "the value of --kernel where it is not given"],
  ["NO_COLOR", "no color, where --color does not say otherwise"],
  ["FORCE_COLOR", "color where output is no terminal; 0 is none"],
  ["NETTRACE_DEBUG", "1: print the stack of an internal error"],
];
