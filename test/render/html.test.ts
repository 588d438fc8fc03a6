// SPDX-License-Identifier: GPL-2.0-only
/** The page as a file: small, the same every time, nothing in it but text can come from a payload. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { embed, escapeHtml } from "../../src/render/html/shell.ts";
import { dataOf, pageOf } from "./html/pages.ts";
import { MAIN_JOB } from "./run.ts";

const HOSTILE = "</script><img src=x onerror=alert(1)><!--";

describe("the file", () => {
  test("is one page under 400 kB, and the same every time", async () => {
    const page = await pageOf(...MAIN_JOB);
    expect(page.length).toBeLessThan(400_000);
    expect(page === (await pageOf(...MAIN_JOB))).toBe(true);
    expect(page.slice(0, 32)).toBe('<!DOCTYPE html>\n<html lang="en">');
    expect(page.slice(-8)).toBe("</html>\n");
  });

  test("says what happened without its script", async () => {
    const page = (await pageOf(...MAIN_JOB)).replace(/<(script|style)\b.*?<\/\1>/gs, "");
    expect(page).toContain("✗ lost: no socket is bound to 127.0.0.1:9999 (NO_SOCKET)");
    expect(page).toContain("<code>--listen</code> → delivered");
    expect(page).toMatch(/decided in <a href="#step=\d+"><code>__udp4_lib_lookup<\/code><\/a>/);
  });

  test("asks for nothing: no address, a policy that lets nothing in but its own script and style", async () => {
    const page = await pageOf(...MAIN_JOB);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy?.replace(/sha256-[A-Za-z0-9+/]+=*/g, "…")).toBe(
      "default-src &#39;none&#39;; style-src &#39;…&#39;; script-src &#39;…&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;",
    );
    const markup = page.replace(/<script\b.*?<\/script>/gs, "");
    expect(markup.match(/\b(?:src|href)=(?!"#)/g)).toBeNull();
    expect(
      page.replaceAll("http://www.w3.org/2000/svg", "").match(/https?:|url\(|@import|fetch\(/g),
    ).toBeNull();
  });

  test("a payload is only text", async () => {
    const page = await pageOf("sendto", "127.0.0.1", "9999", HOSTILE, "-s", "0");
    expect(page.match(/<img/g)).toBeNull();
    expect(page.match(/<script\b/g)).toHaveLength(4); // two calls, the opening, the script
    const buffer = dataOf(page).sections[1]?.before.writes[0]?.hex ?? "";
    expect(Buffer.from(buffer, "hex").toString("latin1")).toBe(HOSTILE);
  });

  test("no control byte is raw", async () => {
    const page = await pageOf("sendto", "127.0.0.1", "9999", "hex:1b5b316d000d7f9b");
    expect(page.match(/[^\n\P{Cc}]/u)).toBeNull();
  });
});

describe("escapes", () => {
  test("HTML", () => {
    expect(escapeHtml(`<a b="c">'&`)).toBe("&#60;a b=&#34;c&#34;&#62;&#39;&#38;");
    expect(escapeHtml("a\x1b[1m")).toBe("a\ufffd[1m");
  });
  test("JSON in a script element reads back", () => {
    const value = ["</script><!--", "\x7f\x9b", "ü"];
    expect(embed(value)).not.toMatch(/[<\x7f-\x9f]/);
    expect(JSON.parse(embed(value))).toEqual(value);
  });
});

/** A colour's relative luminance, and the contrast of two (WCAG 2.2). */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

describe("colours", () => {
  const css = readFileSync(new URL("../../src/render/html/page/base.css", import.meta.url), "utf8");
  const found = [...css.matchAll(/--(\w+): light-dark\((#\w{6}), (#\w{6})\)/g)];
  const colours = new Map(found.map(([, name = "", light = "", dark = ""]) => [name, [light, dark]]));
  const layers = ["socket", "udp", "icmp", "route", "ip", "neigh", "dev", "driver"];
  const grounds = ["paper", "panel", "sunk", "select", "fresh"];

  test.each(["ink", "soft", "fail", "accent", ...layers])("%s can be read on every ground", (name) => {
    for (const ground of grounds)
      for (const scheme of [0, 1]) {
        const ratio = contrast(colours.get(name)?.[scheme] ?? "", colours.get(ground)?.[scheme] ?? "");
        expect([ground, scheme, ratio >= 4.5, ratio]).toEqual([ground, scheme, true, ratio]);
      }
  });

  test("edges of fields stand out", () => {
    for (const ground of ["paper", "panel"])
      for (const scheme of [0, 1])
        expect(
          contrast(colours.get("edge")?.[scheme] ?? "", colours.get(ground)?.[scheme] ?? ""),
        ).toBeGreaterThan(3);
  });
});

test("sends that went as an earlier one are a line; --depth all has a section for each", async () => {
  const argv = ["sendto", "127.0.0.1", "9", "hi", "-n", "6"];
  const [page, whole] = [await pageOf(...argv), await pageOf(...argv, "--depth", "all")];
  const sends = (text: string): string[] =>
    [...text.matchAll(/<section class="call" data-rows="\d+" data-send="(\d+)">/g)].map(([, n]) => n ?? "");
  expect(sends(page)).toEqual(["1", "2"]);
  expect(page).toContain('<p class="repeats">sends 3 … 6 went as send 2: ✗ lost</p>');
  expect(sends(whole)).toEqual(["1", "2", "3", "4", "5", "6"]);
  // What comes after them goes on from all of them.
  const listened = [...argv.slice(0, 4), "--listen", "-n", "6", "--trace", "all"];
  const counters = async (...more: string[]): Promise<unknown> =>
    dataOf(await pageOf(...listened, ...more)).sections.at(-1)?.counters;
  expect(await counters()).toEqual(await counters("--depth", "all"));
});
