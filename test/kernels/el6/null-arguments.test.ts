// SPDX-License-Identifier: GPL-2.0-only
/** A function is handed NULL only where Linux hands it NULL. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { memoryIo } from "../../../src/cli/memory-io.ts";

const FOLDER = new URL("../../../examples/", import.meta.url);
const NAMES = readdirSync(fileURLToPath(FOLDER)).filter((name) => /\.(nt|trace)$/.test(name));

/** `function parameter` where the kernel's callers have no object to hand over. */
const NULLS: ReadonlySet<string> = new Set([
  "__inet_dev_addr_type dev",
  "__sys_sendmsg used_address",
  "__xfrm_lookup sk",
  "add_grec skb",
  "add_grhead skb",
  "arp_create dest_hw",
  "arp_create target_hw",
  "arp_send dest_hw",
  "arp_send target_hw",
  "dev_hard_header saddr",
  "dst_release dst",
  "eth_header saddr",
  "ip_append_data rt",
  "ip_options_compile skb",
  "ip_route_output_flow sk",
  "ip_select_ident sk",
  "kfree_ip_options opt",
  "nf_hook indev",
  "nf_hook_slow indev",
  "nf_hook_slow outdev",
  "nf_hook_thresh indev",
  "nf_hook_thresh outdev",
  "nf_iterate indev",
  "nf_iterate outdev",
  "rt_intern_hash skb",
  "sys_recvfrom addr",
  "sys_sendto addr",
  "udp_lib_lport_inuse bitmap",
  "udp_v4_mcast_next sk",
  "xfrm4_policy_check sk",
  "xfrm_lookup sk",
]);

async function nulls(...args: string[]): Promise<string[]> {
  const files = Object.fromEntries(NAMES.map((name) => [name, readFileSync(new URL(name, FOLDER))]));
  const io = memoryIo({ files });
  await main([...args, "--format", "json"], io);
  const found = new Set<string>();
  for (const line of io.out.split("\n")) {
    if (!line.includes('"ev":"enter"')) continue;
    const { fn, args: given } = JSON.parse(line) as { fn: string; args: Record<string, unknown> };
    for (const [name, value] of Object.entries(given)) if (value === null) found.add(`${fn} ${name}`);
  }
  return [...found].filter((pair) => !NULLS.has(pair)).sort();
}

const SENDS: readonly (readonly string[])[] = [
  ["127.0.0.1", "9999", "aaaaa"],
  ["127.0.0.1", "9999", "aaaaa", "--listen", "--connect", "-n", "2"],
  ["192.0.2.1", "9", "a", "--net", "lan", "--wait", "60000"],
  ["239.1.1.1", "9", "a", "--net", "two", "--join", "239.1.1.1"],
  ["192.0.2.1", "9", "--size", "3000", "--net", "two", "--cork"],
];

test.each(SENDS)("sendto %s %s %s %s", async (...args) => {
  expect(await nulls("sendto", ...args)).toEqual([]);
});

test.each(NAMES.filter((name) => name.endsWith(".nt")))("%s", async (name) => {
  expect(await nulls("run", name, "--trace", "all")).toEqual([]);
});
