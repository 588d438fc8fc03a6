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
const OURS: Status = [70, "an internal error of nettrace, or a broken installation"];
const SHOWN: Status = [0, "success"];

export const PAGES: Readonly<Record<string, Page>> = {
  sendto: {
    examples: [
      ["nettrace sendto 127.0.0.1 9999 aaaaa", "a datagram that no socket receives"],
      ["nettrace sendto 127.0.0.1:9999 aaaaa --listen", "the same with a receiver"],
      ["nettrace sendto 10.0.0.1 domain hi", "no route: which function returns ENETUNREACH, and why"],
      ["nettrace sendto 192.0.2.1 53 hi --net lan --wait 10", "sent through eth0, after ARP"],
      ["nettrace sendto 127.0.0.1 9999 --size 70000 --depth all", "EMSGSIZE, with every function"],
      [
        "nettrace sendto 127.0.0.1 9999 a --format pcap | tcpdump -r -",
        "the frames, read by another program",
      ],
    ],
    statuses: [[0, "no call returned an error"], [1, "a simulated call failed with an errno"], BAD, OURS],
    more: [
      "Runs socket(2), the set-up that the options ask for, and one sendto(2) on a simulated machine, and prints the graph of the kernel functions that the datagram visits.",
    ],
  },
  run: {
    examples: [
      ["nettrace run pasted.strace", "an strace log, as it was pasted"],
      ["nettrace run pasted.strace --net pasted.net", "the same on the network of the logged machine"],
      ["nettrace run --trace send scenario.nt", "with the graph of each send"],
      ["nettrace run --update *.nt", "write the actual results into the files"],
      ["nettrace run -c log.strace", "count calls and errors, as strace -c"],
    ],
    statuses: [
      [0, "every result is as written, every expectation holds"],
      [1, "a result or an expectation differs, or nothing ran"],
      BAD,
      OURS,
    ],
    more: [
      "Reads logs and scenarios in the notation of strace: written by strace, by programs that imitate it, or by hand, with ip(8) commands and expectations between the calls. A log may be quoted, numbered, wrapped or have gaps, as it was pasted. The receipt at the end lists what could not be used.",
    ],
  },
  render: {
    examples: [
      ["nettrace sendto 127.0.0.1 9999 aaaaa --format json > trace.json", "save a trace"],
      ["nettrace render trace.json", "show it as when it was made"],
      ["nettrace render trace.json --as html -o trace.html", "as an HTML page"],
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
      ["nettrace diff trace.json recording.txt", "a trace and a recording of a real kernel"],
    ],
    statuses: [[0, "no difference"], [1, "they differ"], BAD, OURS],
  },
  host: {
    examples: [
      ["nettrace host > here.net", "the network of this host as a file"],
      ["nettrace sendto 192.0.2.1 53 hi --net here.net", "a send through it"],
    ],
    statuses: [[0, "success"], BAD, OURS],
  },
  schema: {
    examples: [["nettrace schema > trace.schema.json", "for ajv, check-jsonschema and editors"]],
    statuses: [[0, "success"], BAD, OURS],
  },
  licenses: {
    examples: [["nettrace licenses", "all of them"]],
    statuses: [[0, "success"], BAD, OURS],
  },
  completion: {
    examples: [
      ['eval "$(nettrace completion bash)"', "in ~/.bashrc"],
      ["nettrace completion zsh > ~/.zfunc/_nettrace", "for zsh, with ~/.zfunc in fpath"],
      ["nettrace completion fish > ~/.config/fish/completions/nettrace.fish", "for fish"],
    ],
    statuses: [[0, "success"], BAD, OURS],
  },
  man: {
    examples: [["nettrace man | man -l -", "read it"]],
    statuses: [[0, "success"], BAD, OURS],
  },
};

/** Variables that change what the program does. */
export const ENVIRONMENT: readonly (readonly [name: string, what: string])[] = [
  [
    "NETTRACE_OPTS",
    "options that precede those of the command line, which take precedence; split as by a shell",
  ],
  ["NETTRACE_NET", "default for --net, unless --host is given"],
  ["NETTRACE_KERNEL", "default for --kernel"],
  ["NO_COLOR", "no colour, unless --color is given"],
  ["FORCE_COLOR", "colour even if the output is not a terminal; 0: no colour"],
  ["NETTRACE_DEBUG", "1: print the stack of an internal error"],
];
