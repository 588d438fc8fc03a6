// SPDX-License-Identifier: GPL-2.0-only
/** Networks as commands: in a shell's words, and as `ip -batch` reads them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineError } from "../../../src/script/error.ts";
import { parseNetwork } from "../../../src/script/net/parse.ts";

const texts = (text: string): string[] => parseNetwork(text).commands.map((c) => c.text);

function problem(text: string): string {
  try {
    parseNetwork(text);
  } catch (e) {
    if (e instanceof LineError) return e.at("f");
    throw e;
  }
  throw new Error(`accepted: ${text}`);
}

describe("commands", () => {
  test("with and without the program, abbreviated, with comments", () => {
    const text = `# a network
ip link set lo up   # it is up
l add d0 type dummy
\taddr add 192.0.2.1/24 dev d0

r a default via 192.0.2.9
-4 rule add from 192.0.2.1 table 7
qdisc add dev d0 root pfifo limit 3
sysctl -w net.ipv4.ip_default_ttl=9
iptables -P FORWARD DROP\r
`;
    expect(texts(text)).toEqual([
      "ip link set lo up",
      "ip l add d0 type dummy",
      "ip addr add 192.0.2.1/24 dev d0",
      "ip r a default via 192.0.2.9",
      "ip -4 rule add from 192.0.2.1 table 7",
      "tc qdisc add dev d0 root pfifo limit 3",
      "sysctl -w net.ipv4.ip_default_ttl=9",
      "iptables -P FORWARD DROP",
    ]);
  });

  test("lo is up where nobody says otherwise", () => {
    expect(texts("")).toEqual(["ip link set lo up"]);
    expect(texts("ip link add d0 type dummy")[0]).toBe("ip link set lo up");
    expect(texts("ip link set lo mtu 9")).toEqual(["ip link set lo up", "ip link set lo mtu 9"]);
    expect(texts("link set lo down")).toEqual(["ip link set lo down"]);
  });

  test("a backslash continues a line", () => {
    expect(texts("ip link set lo up\nip route add 192.0.2.0/24 \\\n  dev lo\\\n metric 3")).toContain(
      "ip route add 192.0.2.0/24 dev lo metric 3",
    );
    expect(problem("\nip route add 192.0.2.0/24 \\\n  dev lo\\\n metrik 3")).toMatch(
      /^f:4:2: unknown word "metrik"/,
    );
  });

  test("IPv6 is left out, and said so", () => {
    const { commands, notes } = parseNetwork(`ip link set lo up
ip -6 route add default via fe80::1 dev lo
addr add 2001:db8::1/64 dev lo
route add 192.0.2.0/24 via inet6 fe80::1 dev lo
sysctl net.ipv6.conf.all.forwarding=1
`);
    expect(commands.map((c) => c.text)).toEqual(["ip link set lo up"]);
    expect(notes.map((n) => [n.text, n.place()?.line])).toEqual(
      [2, 3, 4, 5].map((line) => ["IPv6 is not modelled: left out", line]),
    );
  });
});

test.each([
  [
    "ip lnik set lo up",
    'f:1:4: unknown word "lnik", expected an ip object (link, addr, route, rule, neigh, xfrm); did you mean "link"?',
  ],
  ["lnik set lo up", /^f:1:1: unknown word "lnik", expected .*; did you mean "link"\?$/],
  ["link set lo up\n  rm -rf /", /^f:2:3: unknown word "rm"/],
  ["route add 192.0.2.300/24 dev lo", /^f:1:11: /],
  ['ip link set "lo up', /^f:1:13: unterminated quotation mark/],
  ["link set lo up extra", /^f:1:16: unknown word "extra"/],
  ["ip link set l\u001bo up", /^f:1:13: cannot read "l\\u001bo", expected text without control characters$/],
])("%j is one clear line", (text, expected) => {
  const got = problem(text);
  if (typeof expected === "string") expect(got).toBe(expected);
  else expect(got).toMatch(expected);
});

test("any text is a network or a LineError at a place in it", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "ip",
      "link",
      "add",
      "addr",
      "route",
      "dev",
      "lo",
      "10.0.0.1/8",
      "via",
      "\\",
      "#",
      '"',
      "\n",
      "\t",
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const text = words.join(" ");
      try {
        parseNetwork(text);
      } catch (e) {
        if (!(e instanceof LineError)) throw e;
        const line = text.replace(/^\ufeff/, "").split("\n")[e.line - 1];
        expect(line).toBeDefined();
        expect(e.column).toBeGreaterThan(0);
        expect(e.column).toBeLessThanOrEqual((line as string).length + 4);
      }
    }),
  );
});

test("what is printed as commands is read as the same network", () => {
  const word = fc
    .string({ minLength: 1, maxLength: 15 })
    .filter((s) => !/[\s/\p{Cc}]/u.test(s) && !/^\.+$/.test(s));
  fc.assert(
    fc.property(word, (name) => {
      const text = `ip link add "${name.replace(/["\\]/g, "\\$&")}" type dummy`;
      const first = parseNetwork(text);
      const again = parseNetwork(first.commands.map((c) => `${c.text}\n`).join(""));
      expect(again.commands.map((c) => c.changes)).toEqual(first.commands.map((c) => c.changes));
    }),
  );
});
