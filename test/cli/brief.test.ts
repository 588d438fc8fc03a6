// SPDX-License-Identifier: GPL-2.0-only
/** `--brief`: header, calls, what became of them, nothing else; and the same head with the graph, before it. */
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";

async function printed(argv: readonly string[], files: Record<string, string> = {}): Promise<string[]> {
  const io = memoryIo({ files });
  expect(await main([...argv], io)).toBeLessThan(2);
  expect(io.err).toBe("");
  return io.out.trimEnd().split("\n");
}

const SEND = ["sendto", "127.0.0.1", "9999", "aaaaa"];
const HEAD = [
  "  ✗ lost: no socket is bound to 127.0.0.1:9999 (NO_SOCKET). ICMP port unreachable came back inside this call; the sender is not told: unconnected socket without IP_RECVERR.",
  "    decided in __udp4_lib_lookup (net/ipv4/udp.c): daddr=127.0.0.1 dport=9999",
];

test.each(["--brief", "-q"])("sendto %s", async (option) => {
  expect(await printed([...SEND, option])).toEqual([
    expect.stringMatching(/^simulated Linux /),
    "",
    "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3",
    expect.stringMatching(/^sendto\(3, "aaaaa", 5, .* = 5$/),
    ...HEAD,
    "    tried: --listen → delivered · --connect -n 2 → the second sendto fails with ECONNREFUSED",
  ]);
});

test("the head is in the first ten lines, and what it says is not said again", async () => {
  const lines = await printed(SEND);
  const at = lines.indexOf(HEAD[0] as string);
  expect(at).toBe(4);
  expect(lines.slice(at, at + 2)).toEqual(HEAD);
  expect(lines.filter((line) => line.includes("(NO_SOCKET)") || line.includes("decided in"))).toHaveLength(2);
});

test("run and render say the same", async () => {
  const scenario = `socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
sendto(3, "aaaaa", 5, 0, {sa_family=AF_INET, sin_port=htons(9999), sin_addr=inet_addr("127.0.0.1")}, 16) = 5
`;
  const ran = await printed(["run", "-q", "a.nt"], { "a.nt": scenario });
  const saved = (await printed([...SEND, "--format", "json"])).join("\n");
  const shown = await printed(["render", "-q", "a.json"], { "a.json": `${saved}\n` });
  const tried = "    tried: nc -ul 127.0.0.1 9999 & before it → delivered";
  expect(ran.slice(2)).toEqual([expect.anything(), expect.anything(), ...HEAD, tried]);
  expect(shown.slice(4, 6)).toEqual(HEAD);
});

test("what happens between the calls has a head where there is an answer to it", async () => {
  const lines = await printed(["run", "-q", "a.nt"], {
    "a.nt": `ip link add eth0 type veth peer name far0
ip link set eth0 up
ip link set far0 up
ip addr add 192.0.2.10/24 dev eth0
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
sendto(3, "one", 3, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.77")}, 16)
sleep 10
`,
  });
  const from = lines.findIndex((line) => line.startsWith("sendto"));
  expect(lines.slice(from + 1, from + 3)).toEqual([
    "  … waiting: for the next hop's link-layer address.",
    "    decided in __neigh_event_send (net/core/neighbour.c): nexthop=192.0.2.77 dev=eth0",
  ]);
  const later = lines.indexOf("(between the calls)");
  expect(lines[later + 1]).toMatch(
    /^ {2}✗ lost \(send 1\): no ARP reply from the next hop: NUD_FAILED \(NEIGH_FAILED\)\. No frame left\. ICMP host unreachable came back \d+ ms later; /,
  );
});

test("an outcome that is none, of another version, has no state", async () => {
  const saved = (await printed([...SEND, "--format", "json"])).join("\n");
  for (const outcome of ["constructor", "vanished"]) {
    const other = saved.replace('"outcome":"lost"', `"outcome":"${outcome}"`);
    const shown = await printed(["render", "-q", "a.json"], { "a.json": `${other}\n` });
    expect(shown[4]).toMatch(/^ {2}… no socket is bound to/);
  }
});
