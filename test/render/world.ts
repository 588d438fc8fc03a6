// SPDX-License-Identifier: GPL-2.0-only
/** Traces of machines with more than lo, and other people's programs to read what is made of them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import type { FormatName } from "../../src/render/index.ts";
import { jsonLine } from "../../src/render/json.ts";
import type { StateEvent } from "../../src/trace/event.ts";
import { network } from "../kernels/el6/network.ts";
import { sockaddr } from "../kernels/el6/send.ts";

const PROC = ["stat/rt_cache", "snmp", "netstat", "dev", "udp", "softnet_stat", "route", "arp"].map(
  (name) => `/proc/net/${name}`,
);

/** A saved trace: a socket, and datagrams of `len` bytes to each of these addresses, 20 ms apart. */
export function sends(lines: readonly string[], to: readonly string[], len = 1): string {
  const m = network(lines);
  const rec = m.newRecorder();
  m.record(rec);
  const state = (when: "before" | "after"): StateEvent => ({
    ev: "state",
    when,
    counters: Object.fromEntries(m.counters()),
    proc: Object.fromEntries(PROC.map((path) => [path, m.proc(path) ?? ""])),
  });
  const before = state("before");
  const fd = m.syscall({ name: "socket", domain: 2, type: 2, protocol: 0 }).ret;
  for (const address of to) {
    const addr = { bytes: sockaddr(address) };
    const buf = { bytes: new Uint8Array(len).fill(0x78) };
    m.syscall({ name: "sendto", fd, buf, len, flags: 0, addr, addrlen: 16 });
    m.advance(20);
  }
  const head = { ev: "machine", uname: m.release, network: "test", seed: 1 } as const;
  return [head, before, ...rec, state("after")].map(jsonLine).join("");
}

/** A saved trace as a folder of files. */
export async function renderFolder(trace: string, format: FormatName): Promise<Record<string, Uint8Array>> {
  const io = memoryIo({ stdin: trace });
  const status = await main(["render", "-", "--as", format, "-o", "out"], io);
  if (status !== 0) throw new Error(io.err);
  return Object.fromEntries(io.files);
}

/** A saved trace in another format. */
export async function render(trace: string, format: FormatName, ...options: string[]): Promise<Uint8Array> {
  const io = memoryIo({ stdin: trace });
  const status = await main(["render", "-", "--as", format, ...options], io);
  if (status !== 0) throw new Error(io.err);
  return io.outBytes;
}

/** Run a program in a folder with these files: its standard output. It must end with status 0. */
export function runWith(
  files: Readonly<Record<string, string | Uint8Array>>,
  program: string,
  ...args: string[]
): string {
  const cwd = mkdtempSync(join(tmpdir(), "nettrace-test-"));
  try {
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), bytes);
    }
    const path = `${process.env["PATH"]}:/usr/sbin:/sbin`;
    const env = { ...process.env, PATH: path, TZ: "UTC", LC_ALL: "C.UTF-8", HOME: cwd };
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: status ${status}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
